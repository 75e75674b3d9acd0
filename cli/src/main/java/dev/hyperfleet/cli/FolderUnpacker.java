package dev.hyperfleet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Unpacks a machine's folder. The guest may be an attacker, and this process may run as root. So only files, folders
 * and links are created; they belong to the user who runs this, only their owner can write to them, none is setuid, and
 * none is outside the folder or leads out of it. No link is ever followed, not even an existing one.
 */
final class FolderUnpacker {
    private static final int MAX_NAME = 4096;

    /** Only its owner may write to a copy, and programs run as the user who starts them. */
    private static final int COPIED_MODE = 0755;

    private static final int OWNER_ONLY = 0700;
    private static final int NEW_FOLDER = 0755;
    private static final char NOT_UTF_8 = '\ufffd';

    private final Path root;
    private final LeftOut leftOut;

    /** The attributes of folders are set last: until then no other user can enter them. */
    private final Map<Path, Attributes> folders = new LinkedHashMap<>();

    private record Attributes(int mode, Optional<FileTime> modified) {}

    /**
     * Creates an unpacker for a folder.
     *
     * @param root is created if it does not exist; the permissions of an existing one stay as they are
     */
    FolderUnpacker(Path root, LeftOut leftOut) {
        this.root = root;
        this.leftOut = leftOut;
    }

    /**
     * Unpacks a tar. An existing file or link is replaced.
     *
     * @throws MalformedTarException if it is not a tar
     * @throws CliException if an entry leads out of the folder, or something is in its way
     */
    void unpack(InputStream tar) throws IOException {
        if (!Files.isDirectory(root)) {
            makeFolder(root);
        }
        TarReader archive = new TarReader(tar);
        for (Optional<TarEntry> entry = archive.next(); entry.isPresent(); entry = archive.next()) {
            try {
                unpack(entry.get(), archive);
            } catch (InvalidPathException unwritable) {
                leftOut.add(entry.get().name(), "this system's locale cannot represent its name");
            }
        }
        for (Map.Entry<Path, Attributes> folder : new ArrayList<>(folders.entrySet()).reversed()) {
            set(folder.getKey(), folder.getValue());
        }
    }

    private void unpack(TarEntry entry, TarReader archive) throws IOException {
        List<String> parts = parts(entry.name());
        if (entry.name().indexOf(NOT_UTF_8) >= 0 || entry.linkTarget().indexOf(NOT_UTF_8) >= 0) {
            leftOut.add(entry.name(), "its name is not UTF-8");
            return;
        }
        if (parts.isEmpty()) {
            folders.computeIfPresent(root, (_, _) -> attributes(entry));
            return;
        }
        switch (entry.kind()) {
            case FOLDER -> {
                Path folder = folder(parts);
                folders.computeIfPresent(folder, (_, _) -> attributes(entry));
            }
            case FILE -> writeFile(free(parts), entry, archive);
            case SYMBOLIC_LINK -> link(parts, entry);
            case HARD_LINK -> hardLink(parts, entry);
            case CHARACTER_DEVICE, BLOCK_DEVICE, PIPE, OTHER ->
                leftOut.add(entry.name(), "it is %s".formatted(entry.kind()));
        }
    }

    private static Attributes attributes(TarEntry entry) {
        return new Attributes(entry.mode() | OWNER_ONLY, Optional.of(entry.modified()));
    }

    private static void writeFile(Path file, TarEntry entry, TarReader archive) throws IOException {
        // Creates it, or fails if it exists.
        Set<StandardOpenOption> options = EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try (OutputStream content = Channels.newOutputStream(
                Files.newByteChannel(file, options, PosixFilePermissions.asFileAttribute(permissions(0600))))) {
            archive.copyContent(content);
        }
        set(file, new Attributes(entry.mode(), Optional.of(entry.modified())));
    }

    /**
     * Creates a link that stays within the folder. Its target may only go up from its own folder, and then down by
     * names: a ".." after a name could go up from the target of another link.
     */
    private void link(List<String> parts, TarEntry entry) throws IOException {
        int up = 0;
        boolean down = false;
        boolean out = entry.linkTarget().startsWith("/") || entry.linkTarget().isEmpty();
        for (String part : entry.linkTarget().split("/", -1)) {
            if (part.equals("..")) {
                up++;
                out |= down;
            } else if (!part.isEmpty() && !part.equals(".")) {
                down = true;
            }
        }
        if (out || up > parts.size() - 1 || entry.linkTarget().length() > MAX_NAME) {
            leftOut.add(
                    entry.name(), "it is a link that leads out of the folder, to '%s'".formatted(entry.linkTarget()));
            return;
        }
        Files.createSymbolicLink(free(parts), Path.of(entry.linkTarget()));
    }

    private void hardLink(List<String> parts, TarEntry entry) throws IOException {
        Optional<Path> existing = regularFile(parts(entry.linkTarget()));
        if (existing.isEmpty()) {
            leftOut.add(entry.name(), "it is a hard link to '%s', which was not copied".formatted(entry.linkTarget()));
        } else if (!parts.equals(parts(entry.linkTarget()))) {
            Files.createLink(free(parts), existing.get());
        }
    }

    /** The file of this name, if it exists and there is no link on its path. */
    private Optional<Path> regularFile(List<String> parts) {
        Path place = root;
        for (String part : parts) {
            if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS) && !place.equals(root)) {
                return Optional.empty();
            }
            place = place.resolve(part);
        }
        return Optional.of(place).filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    }

    /** The parts of a name that stays within the folder. */
    private static List<String> parts(String name) {
        List<String> parts = Stream.of(name.split("/"))
                .filter(part -> !part.isEmpty() && !part.equals("."))
                .toList();
        if (name.startsWith("/") || parts.contains("..") || name.indexOf('\0') >= 0) {
            throw refused("an entry that leads out of the folder: '%s'".formatted(name));
        }
        if (name.length() > MAX_NAME) {
            throw refused("a name of more than %d characters".formatted(MAX_NAME));
        }
        return parts;
    }

    private static CliException refused(String what) {
        return new CliException(
                CliException.REFUSED, "The machine has sent %s. The rest was not unpacked.".formatted(what));
    }

    /** The folder of this name; it and its parents are created if they do not exist. */
    private Path folder(List<String> parts) throws IOException {
        Path folder = root;
        for (String part : parts) {
            folder = folder.resolve(part);
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw inTheWay(folder);
            }
            makeFolder(folder);
        }
        return folder;
    }

    private void makeFolder(Path folder) throws IOException {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(permissions(OWNER_ONLY)));
        folders.put(folder, new Attributes(NEW_FOLDER, Optional.empty()));
    }

    /** The place for an entry of this name; an existing file there is removed. */
    private Path free(List<String> parts) throws IOException {
        Path place = folder(parts.subList(0, parts.size() - 1)).resolve(parts.getLast());
        if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
            throw inTheWay(place);
        }
        Files.deleteIfExists(place); // the link itself, not its target
        return place;
    }

    private static CliException inTheWay(Path place) {
        boolean link = Files.isSymbolicLink(place);
        return new CliException(
                CliException.REFUSED,
                ("'%s' is in the way: it is %s here and something else in the machine. Move it, or copy to "
                                + "another folder.")
                        .formatted(place, link ? "a link" : Files.isDirectory(place) ? "a folder" : "not a folder"));
    }

    private static void set(Path path, Attributes attributes) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.modified().isPresent()) {
            view.setTimes(attributes.modified().get(), null, null);
        }
        view.setPermissions(permissionsOfCopy(attributes.mode()));
    }

    /** The permissions of a copied file, derived from those in the machine. */
    static Set<PosixFilePermission> permissionsOfCopy(int mode) {
        return permissions(mode & COPIED_MODE);
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values(); // beginning with the owner's read permission
        for (int bit = 0; bit < all.length; bit++) {
            if ((mode & (0400 >> bit)) != 0) {
                permissions.add(all[bit]);
            }
        }
        return permissions;
    }
}
