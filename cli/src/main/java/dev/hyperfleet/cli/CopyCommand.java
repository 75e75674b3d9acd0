package dev.hyperfleet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Files and folders, between here and a machine. */
@Command(
        name = "cp",
        description = {
            "Copy a file or a folder to or from a machine: cp FILE NAME:/PATH, cp NAME:/PATH FILE.",
            "Into a folder that is there, it goes under its own name, as with cp. Needs tar for folders."
        })
final class CopyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FROM")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String from;

    @Parameters(index = "1", paramLabel = "TO")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String to;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            description = "Who owns what is copied into the machine (default: root, or whoever owns it there).")
    @Nullable
    private String user;

    /** A path in a machine, of a client's user's. */
    private record Remote(String machine, String path) {
        static Optional<Remote> of(String text) {
            int colon = text.indexOf(":/");
            boolean local = colon < 1 || text.substring(0, colon).contains("/");
            return local
                    ? Optional.empty()
                    : Optional.of(new Remote(text.substring(0, colon), text.substring(colon + 1)));
        }

        Remote in(String name) {
            return new Remote(machine, path.replaceAll("/+$", "") + "/" + name);
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ApiClient client = ApiClient.fromEnvironment();
        Optional<Remote> source = Remote.of(from);
        Optional<Remote> target = Remote.of(to);
        if (source.isPresent() == target.isPresent()) {
            throw new CliException(
                    CliException.REFUSED,
                    "One of both must be in a machine: NAME:/PATH. A local path with ':/' is ./PATH.");
        }
        if (target.isPresent()) {
            upload(client, Path.of(from), target.get());
        } else {
            download(client, source.orElseThrow(), Path.of(to));
        }
        return 0;
    }

    private void upload(ApiClient client, Path local, Remote target) throws IOException, InterruptedException {
        if (!Files.exists(local)) {
            throw new CliException(CliException.REFUSED, "There is no '%s' here.".formatted(local));
        }
        String id = client.id(target.machine());
        String name = local.toAbsolutePath().normalize().getFileName().toString();
        Remote place = isFolder(client, id, target.path()) ? target.in(name) : target;
        String owner = user == null ? "" : "&user=" + ApiClient.encode(user);
        if (Files.isDirectory(local)) {
            Process tar = new ProcessBuilder("tar", "-C", local.toString(), "-cf", "-", ".")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (InputStream content = new CountedStream(tar.getInputStream(), name, -1)) {
                client.upload(files(id, "/tar", place.path()) + "&parents=true" + owner, -1, content);
            }
            check(tar);
        } else {
            long size = Files.size(local);
            String mode = Files.isExecutable(local) ? "&mode=0755" : "";
            try (InputStream content = new CountedStream(Files.newInputStream(local), name, size)) {
                client.upload(files(id, "", place.path()) + mode + owner, size, content);
            }
        }
    }

    private static void download(ApiClient client, Remote source, Path local) throws IOException, InterruptedException {
        String id = client.id(source.machine());
        JsonNode entry = client.getPath(files(id, "/stat", source.path()) + "&follow=true");
        String name = source.path().replaceAll("/+$", "").replaceAll(".*/", "");
        Path place = Files.isDirectory(local) && !name.isEmpty() ? local.resolve(name) : local;
        if (entry.get("type").asString().equals("folder")) {
            Files.createDirectories(place);
            try (InputStream content =
                    new CountedStream(client.stream(files(id, "/tar", source.path()), "application/x-tar"), name, -1)) {
                Process tar = new ProcessBuilder("tar", "-C", place.toString(), "--no-same-owner", "-xf", "-")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                try (var archive = tar.getOutputStream()) {
                    content.transferTo(archive);
                }
                check(tar);
            }
            return;
        }
        // Aside first: a copy that breaks off must not look like the file.
        Path aside = Files.createTempFile(place.toAbsolutePath().getParent(), ".hyperfleet-", "");
        try (InputStream content = new CountedStream(
                client.stream(files(id, "", source.path()), "application/octet-stream"),
                name,
                entry.get("size").asLong())) {
            Files.copy(content, aside, StandardCopyOption.REPLACE_EXISTING);
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
            return false; // what is wrong with it, the copy itself will tell
        }
    }

    private static String files(String id, String action, String path) {
        return "/machines/%s/files%s?path=%s".formatted(id, action, ApiClient.encode(path));
    }

    private static void check(Process tar) throws InterruptedException {
        if (tar.waitFor() != 0) {
            throw new CliException(CliException.REFUSED, "tar has failed: status " + tar.exitValue());
        }
    }
}
