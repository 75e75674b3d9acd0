package dev.hyperfleet.host.disk;

import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.NativeFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * Copies sparse files, and keeps the holes. If the file system can share blocks among files, nothing is copied at all.
 * A copy has a temporary name until it is complete, so a partial one is never used.
 *
 * @param time for the timeout of a copy
 */
public record SparseCopy(MonotonicClock time) {
    private static final String UNFINISHED = ".new";

    /** Bytes that are read at a time, between checks of the deadline. */
    private static final int CHUNK = 64 << 10;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();

    /** The temporary name of a copy to this file until it is complete. */
    static Path unfinished(Path target) {
        return target.resolveSibling(target.getFileName() + UNFINISHED);
    }

    /**
     * Makes the target a copy of the source, accessible only to its owner. After a failure there is neither the target
     * nor a part of it.
     *
     * @return whether the copy shares the source's blocks, so that it is the source of one moment even if that changes
     * @throws TimeoutException if it takes longer than this
     */
    public boolean copy(Path source, Path target, Duration timeout) throws IOException, TimeoutException {
        long deadline = time.nanoTime() + timeout.toNanos();
        Path unfinished = unfinished(target);
        Files.deleteIfExists(unfinished); // an earlier one that was interrupted
        try {
            boolean cloned = copyAnew(source, unfinished, deadline);
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
            return cloned;
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private boolean copyAnew(Path source, Path target, long deadline) throws IOException, TimeoutException {
        Files.createFile(target, Folders.PRIVATE_FILE);
        try (NativeFile extents = NativeFile.openForReading(source);
                NativeFile clone = NativeFile.openForWriting(target)) {
            boolean cloned = clone.cloneFrom(extents);
            if (!cloned) {
                copyData(source, extents, target, deadline);
            }
            return cloned;
        }
    }

    private void copyData(Path source, NativeFile extents, Path target, long deadline)
            throws IOException, TimeoutException {
        try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ);
                RandomAccessFile copy = new RandomAccessFile(target.toFile(), "rw")) {
            long size = from.size();
            copy.setLength(size); // one hole, so far
            extents.<TimeoutException>forEachExtent(
                    size, (begin, end) -> copyRange(from, copy.getChannel(), begin, end, deadline));
        }
    }

    /** Blocks of zeros become holes too: not every file system reports holes. */
    private void copyRange(FileChannel from, FileChannel to, long begin, long end, long deadline)
            throws IOException, TimeoutException {
        ByteBuffer content = ByteBuffer.allocateDirect(CHUNK);
        for (long position = begin; position < end; ) {
            if (time.nanoTime() - deadline > 0) {
                throw new TimeoutException();
            }
            int length = from.read(content.clear().limit((int) Math.min(CHUNK, end - position)), position);
            if (length < 0) {
                throw new IOException("the file has become shorter while it was copied");
            }
            content.flip();
            if (content.mismatch(ZEROS.slice(0, length)) >= 0) {
                writeAll(to, content, position);
            }
            position += length;
        }
    }

    private static void writeAll(FileChannel to, ByteBuffer content, long position) throws IOException {
        long next = position;
        while (content.hasRemaining()) {
            next += to.write(content, next);
        }
    }
}
