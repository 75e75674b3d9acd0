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
 * A file beside the database that keeps some of the disk's room for what must be written even when the disk is full. It
 * is shortened piece by piece when there is no room, and filled up again when there is. What is left is the file's
 * size, so all processes that use the database share it. Safe for concurrent use.
 */
final class Reserve {
    static final long SIZE = 16 << 20;

    /** Given up at a time. Others may take what is left of it, so it is about what a transaction needs. */
    private static final int PIECE = 64 << 10;

    /** With less room than this beside the reserve, the disk counts as full. */
    private static final long MARGIN = 1 << 20;

    private static final int BUFFER = 1 << 20;

    private static final Set<StandardOpenOption> WRITE =
            EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

    private final Path file;

    Reserve(Path database) {
        Path real = real(database);
        this.file = real.resolveSibling(real.getFileName() + "-reserve");
    }

    /** Where a link leads to, as for SQLite's own files: it may be another file system. */
    private static Path real(Path database) {
        try {
            return database.toRealPath();
        } catch (IOException notThereYet) {
            return database.toAbsolutePath();
        }
    }

    /** What is left of it, in bytes. */
    long left() {
        try {
            return Files.size(file);
        } catch (IOException none) {
            return 0;
        }
    }

    /** Bytes that anybody can still write to its file system. */
    long free() {
        File folder = file.resolveSibling("").toFile();
        long free = folder.getUsableSpace();
        return free == 0 && folder.getTotalSpace() == 0 ? Long.MAX_VALUE : free; // some file systems do not tell
    }

    /**
     * Makes some room.
     *
     * @param keep bytes of the reserve that stay
     * @return whether there was anything to give up
     */
    boolean giveUp(long keep) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long size = channel.size();
            if (size <= keep) {
                return false;
            }
            var _ = channel.truncate(Math.max(keep, size - PIECE));
            channel.force(true); // some file systems reuse blocks only once that they are free is on the disk
            return true;
        } catch (IOException none) {
            return false;
        }
    }

    /**
     * Fills it up, where the disk has room for that.
     *
     * @return whether it is whole, and there is room beside it
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
            new Random(SIZE).nextBytes(content); // zeros would take no room where the file system compresses
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
