package dev.hyperfleet.store;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/**
 * A file beside the database that reserves disk space for writes that must succeed even when the disk is full. It is
 * shortened in pieces when there is no space, and filled up again when there is. The file's size is the remaining
 * reserve, so all processes that use the database share it. Safe for concurrent use.
 */
final class Reserve {
    static final long SIZE = 16 << 20;

    /**
     * The bytes released at a time. Other programs may use what a transaction leaves, so it is about the size of one.
     */
    private static final int PIECE = 64 << 10;

    /** With less free space than this beside the reserve, the disk counts as full. */
    private static final long MARGIN = 1 << 20;

    private static final int BUFFER = 1 << 20;

    private static final Set<StandardOpenOption> WRITE =
            EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

    private final Path file;

    Reserve(Path database) {
        Path real = real(database);
        this.file = real.resolveSibling(real.getFileName() + "-reserve");
    }

    /** Links are resolved, as for SQLite's own files: the target may be on another file system. */
    private static Path real(Path database) {
        try {
            return database.toRealPath();
        } catch (IOException notThereYet) {
            return database.toAbsolutePath();
        }
    }

    /** The remaining reserve, in bytes. */
    long left() {
        try {
            return Files.size(file);
        } catch (IOException none) {
            return 0;
        }
    }

    /** The free bytes of its file system. */
    long free() {
        File folder = file.resolveSibling("").toFile();
        long free = folder.getUsableSpace();
        return free == 0 && folder.getTotalSpace() == 0 ? Long.MAX_VALUE : free; // some file systems do not report it
    }

    /**
     * Releases some space.
     *
     * @param keep bytes of the reserve that stay
     * @return whether there was anything to release
     */
    boolean giveUp(long keep) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long size = channel.size();
            if (size <= keep) {
                return false;
            }
            var _ = channel.truncate(Math.max(keep, size - PIECE));
            channel.force(true); // some file systems reuse blocks only after their release is on the disk
            return true;
        } catch (IOException none) {
            return false;
        }
    }

    /**
     * Fills it up, if the disk has space for that.
     *
     * @return whether it is complete, and there is space beside it
     */
    boolean restore() {
        long left = Math.min(left(), SIZE);
        if (free() < SIZE - left + MARGIN) {
            return false;
        }
        return left == SIZE || fillUp(left);
    }

    private boolean fillUp(long left) {
        try (FileChannel channel = FileChannel.open(
                file, WRITE, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            byte[] content = new byte[BUFFER];
            new Random(SIZE).nextBytes(content); // zeros would take no space if the file system compresses
            for (long position = left; position < SIZE; ) {
                int length = (int) Math.min(BUFFER, SIZE - position);
                position += channel.write(ByteBuffer.wrap(content, 0, length), position);
            }
            return true;
        } catch (IOException noRoom) {
            return false;
        }
    }
}
