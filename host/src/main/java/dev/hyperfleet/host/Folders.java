package dev.hyperfleet.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Private folders and files, accessible only to their owner. */
public final class Folders {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> AS_PRIVATE = PosixFilePermissions.asFileAttribute(PRIVATE);

    /** The permissions of a private file, for its creation. */
    public static final FileAttribute<?> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /** What only a home has. */
    private static final Set<String> OURS = Set.of("hyperfleet.db", "server.lock", "images");

    private static final Integer ROOT = 0;
    private static final int WRITABLE_BY_OTHERS = 022;
    private static final int STICKY = 01000;

    private Folders() {}

    /** Creates the folder if it does not exist, with its parents. */
    public static void create(Path folder) {
        try {
            Files.createDirectories(folder, AS_PRIVATE);
        } catch (IOException failure) {
            throw failure("create the folder", folder, failure);
        }
    }

    /**
     * Creates the folder of a server's state, and refuses one that others may enter: it holds disks, consoles, and the
     * key that signs links. Its path may contain links, for which the user is responsible.
     */
    public static void createHome(Path folder) {
        create(folder);
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
            if (!owner(folder).equals(us())) {
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        ("%s belongs to user %s, but the server runs as user %s. Run it as the owner, or set "
                                        + "HYPERFLEET_HOME to another folder.")
                                .formatted(folder, owner(folder), us()));
            }
            if (!PRIVATE.containsAll(permissions)) {
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        "%s is open to other users (%s). %s"
                                .formatted(folder, PosixFilePermissions.toString(permissions), remedy(folder)));
            }
        } catch (IOException failure) {
            throw failure("examine the folder", folder, failure);
        }
    }

    /** Closing a folder that others use, such as /tmp, would break the host. */
    private static String remedy(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            List<String> names =
                    entries.map(entry -> entry.getFileName().toString()).toList();
            return names.isEmpty() || names.stream().anyMatch(OURS::contains)
                    ? "Close it with: chmod 700 " + folder
                    : "It is not a home of Hyperfleet: set HYPERFLEET_HOME to a separate folder.";
        }
    }

    /**
     * Creates a folder in one that others can write to (/tmp), and refuses one that another user created there, or
     * could put in its place.
     */
    public static void claim(Path folder) {
        try {
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(folder, AS_PRIVATE);
            }
            PosixFileAttributes found =
                    Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            boolean ours = us().equals(Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS));
            if (!found.isDirectory() || !ours || !found.permissions().equals(PRIVATE)) {
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        ("%s is not a private folder of the server's user (mode 0700). Remove it, or set "
                                        + "HYPERFLEET_SOCKET_DIR to another folder.")
                                .formatted(folder));
            }
            requireNoOtherCanReplace(folder);
        } catch (IOException failure) {
            throw failure("create the folder", folder, failure);
        }
    }

    /** A user who may write to a folder may rename its entries, unless it is sticky; its owner always may. */
    private static void requireNoOtherCanReplace(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().resolve("..").normalize();
        int mode = (int) Files.getAttribute(parent, "unix:mode");
        boolean trusted = owner(parent).equals(us()) || owner(parent).equals(ROOT);
        if (!trusted || ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0)) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    ("Other users can replace what is in %s. Set HYPERFLEET_SOCKET_DIR to a folder of yours or of "
                                    + "root's that is sticky (as /tmp is) if others can write to it.")
                            .formatted(parent));
        }
    }

    private static Object owner(Path folder) throws IOException {
        return Files.getAttribute(folder, "unix:uid");
    }

    private static Object us() throws IOException {
        return owner(Path.of("/proc/self"));
    }

    /** The machines with an entry in the folder. */
    public static Set<MachineId> machines(Path folder) {
        Set<MachineId> found = new HashSet<>();
        try (Stream<Path> entries = Files.list(folder)) {
            entries.map(entry -> entry.getFileName().toString())
                    .filter(MachineId::isValid)
                    .forEach(name -> found.add(new MachineId(name)));
        } catch (NoSuchFileException none) {
            return Set.of();
        } catch (IOException | UncheckedIOException failure) {
            throw failure("list the folder", folder, failure);
        }
        return found;
    }

    /** Returns when the content of the file or folder is on the storage. */
    public static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Removes the folder and its contents; follows no link. No error if it does not exist. */
    public static void remove(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                        throws IOException {
                    if (failure != null) {
                        throw failure;
                    }
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failure) {
            throw failure("remove", folder, failure);
        }
    }

    private static HyperfleetException failure(String operation, Path path, Exception cause) {
        return HostErrors.of(operation, path, cause);
    }
}
