package dev.hyperfleet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Copies files and folders to or from a machine. */
@Command(
        name = "cp",
        description = {
            "Copy a file or a folder to or from a machine: cp FILE NAME:/PATH, cp NAME:/PATH FILE.",
            "Into an existing folder, it is copied under its own name, as with cp. A path that does not begin with '/' "
                    + "begins in /root. '-' is standard input or output.",
            "From a machine it copies files, folders and links: owned by you, writable only by you, none of them "
                    + "setuid.",
            "It reports what it skips, such as devices and links that lead out of the folder; the exit status is "
                    + "then 1."
        })
final class CopyCommand implements Callable<Integer> {
    /** Where relative paths in a machine begin: commands run as root. */
    private static final String HOME = "/root/";

    private static final String STANDARD = "-";

    @Parameters(index = "0", paramLabel = "FROM")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String from;

    @Parameters(index = "1", paramLabel = "TO")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String to;

    @Option(
            names = {"-r", "-R", "--recursive"},
            hidden = true,
            description = "Folders are always copied with what is in them.")
    @SuppressWarnings("UnusedVariable") // accepted out of habit, and without effect
    private boolean recursive;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            description = "The owner of the copy in the machine (default: the current owner there, or root).")
    @Nullable
    private String user;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** A path in a machine. */
    private record Remote(String machine, String path) {
        static Optional<Remote> of(String text) {
            int colon = text.indexOf(':');
            boolean local = colon < 1 || text.substring(0, colon).contains("/");
            return local ? Optional.empty() : Optional.of(new Remote(text.substring(0, colon), absolute(text, colon)));
        }

        private static String absolute(String text, int colon) {
            String path = text.substring(colon + 1);
            return path.startsWith("/") ? path : HOME + path;
        }

        Remote in(String name) {
            return new Remote(machine, path.replaceAll("/+$", "") + "/" + name);
        }
    }

    @Override
    public Integer call() {
        try {
            copy(new LeftOut(new Output(spec.commandLine())::say));
            return 0;
        } catch (MalformedTarException malformed) {
            throw new CliException(
                    CliException.REFUSED,
                    "The machine's archive cannot be unpacked: %s.".formatted(malformed.getMessage()));
        } catch (IOException failure) {
            if (failure instanceof FileSystemException || FailureText.isDiskFull(failure)) {
                throw ofFile(failure);
            }
            throw new CliException(
                    CliException.UNREACHABLE,
                    ("The copy was interrupted: " + "%s.").formatted(FailureText.ofConnection(failure)));
        }
    }

    private static CliException ofFile(IOException failure) {
        return new CliException(CliException.REFUSED, FailureText.ofFile(failure) + ".");
    }

    private void copy(LeftOut leftOut) throws IOException {
        ApiClient client = ApiClient.fromEnvironment();
        Optional<Remote> source = Remote.of(from);
        Optional<Remote> target = Remote.of(to);
        if (source.isPresent() == target.isPresent()) {
            throw new CliException(
                    CliException.REFUSED,
                    source.isPresent()
                            ? "Both are in a machine. Copy to this computer first, or pipe: hyperfleet cp "
                                    + "A:/PATH - | hyperfleet cp - B:/PATH"
                            : "One of the two must be in a machine: NAME:/PATH. Write a local path with ':' as ./PATH.");
        }
        if (target.isPresent() && from.equals(STANDARD)) {
            uploadInput(client, target.get());
        } else if (target.isPresent()) {
            upload(client, local(from), target.get(), leftOut);
        } else if (to.equals(STANDARD)) {
            downloadToOutput(client, source.orElseThrow());
        } else {
            download(client, source.orElseThrow(), local(to), leftOut);
        }
        leftOut.throwIfAny();
    }

    private void upload(ApiClient client, Path local, Remote target, LeftOut leftOut) throws IOException {
        if (!Files.exists(local)) {
            throw new CliException(CliException.REFUSED, "There is no '%s' here.".formatted(local));
        }
        String id = ApiClient.id(target.machine());
        String name = local.toAbsolutePath().normalize().getFileName().toString();
        Remote place = isFolder(client, id, target.path()) ? target.in(name) : target;
        boolean isFolder = Files.isDirectory(local);
        long size = isFolder ? -1 : Files.size(local);
        try (TransferProgress progress = new TransferProgress(name, size)) {
            if (isFolder) {
                client.upload(
                        files(id, "/tar", place.path()) + "&parents=true" + owner(),
                        size,
                        body -> pack(local, progress.of(body), leftOut));
            } else {
                String mode = Files.isExecutable(local) ? "&mode=0755" : "";
                try (InputStream content = Files.newInputStream(local)) {
                    client.upload(
                            files(id, "", place.path()) + mode + owner(),
                            size,
                            body -> progress.of(content).transferTo(body));
                }
            }
        }
    }

    private String owner() {
        return user == null ? "" : "&user=" + ApiClient.encode(user);
    }

    private void uploadInput(ApiClient client, Remote target) {
        try (TransferProgress progress = new TransferProgress(target.path(), -1)) {
            client.upload(
                    files(ApiClient.id(target.machine()), "", target.path()) + owner(),
                    -1,
                    body -> progress.of(System.in).transferTo(body));
        }
    }

    private static void downloadToOutput(ApiClient client, Remote source) throws IOException {
        try (InputStream content =
                client.stream(files(ApiClient.id(source.machine()), "", source.path()), "application/octet-stream")) {
            content.transferTo(StandardStreams.OUT);
        }
    }

    private static void pack(Path folder, OutputStream body, LeftOut leftOut) throws IOException {
        try {
            FolderPacker.pack(folder, body, leftOut);
        } catch (FileSystemException local) {
            throw ofFile(local);
        }
    }

    private static void download(ApiClient client, Remote source, Path local, LeftOut leftOut) throws IOException {
        String id = ApiClient.id(source.machine());
        JsonNode entry = client.getPath(files(id, "/stat", source.path()) + "&follow=true");
        String name = source.path().replaceAll("/+$", "").replaceAll(".*/", "");
        Path place = Files.isDirectory(local) && !name.isEmpty() ? local.resolve(name) : local;
        boolean isFolder = entry.get("type").asString().equals("folder");
        try (TransferProgress progress = new TransferProgress(
                        name, isFolder ? -1 : entry.get("size").asLong());
                InputStream content = progress.of(client.stream(
                        files(id, isFolder ? "/tar" : "", source.path()),
                        isFolder ? "application/x-tar" : "application/octet-stream"))) {
            if (isFolder) {
                makeParents(place);
                new FolderUnpacker(place, leftOut).unpack(content);
            } else {
                write(content, place, Integer.parseInt(entry.get("mode").asString(), 8));
            }
        }
    }

    private static void makeParents(Path place) throws IOException {
        @Nullable Path parent = place.toAbsolutePath().normalize().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
    }

    /** To a temporary file first: an interrupted copy must not look like the file. */
    private static void write(InputStream content, Path place, int mode) throws IOException {
        Path aside = Files.createTempFile(place.toAbsolutePath().getParent(), ".hyperfleet-", "");
        try {
            Files.copy(content, aside, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(aside, FolderUnpacker.permissionsOfCopy(mode));
            Files.move(aside, place, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private static boolean isFolder(ApiClient client, String id, String path) {
        try {
            return client.getPath(files(id, "/stat", path) + "&follow=true")
                    .get("type")
                    .asString()
                    .equals("folder");
        } catch (CliException absent) {
            return false; // the copy itself will report the error
        }
    }

    private static Path local(String path) {
        try {
            return Path.of(path);
        } catch (InvalidPathException unwritable) {
            throw new CliException(CliException.REFUSED, "'%s' is not a path on this system.".formatted(path));
        }
    }

    private static String files(String id, String action, String path) {
        return "/machines/%s/files%s?path=%s".formatted(id, action, ApiClient.encode(path));
    }
}
