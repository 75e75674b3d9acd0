package dev.hyperfleet.host.disk;

import dev.hyperfleet.host.NativeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/** The holes of sparse files: ranges that read as zeros and take no space. */
public final class Holes {
    private static final int BLOCK = 4096;
    private static final int CHUNK = 256 * BLOCK;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(BLOCK).asReadOnlyBuffer();

    /** Shorter ranges cost more than they save. */
    private static final long SHORTEST = 4 * BLOCK;

    private Holes() {}

    /** The bytes of the file that are not holes. */
    public static long used(Path file) throws IOException {
        AtomicLong used = new AtomicLong();
        try (NativeFile extents = NativeFile.openForReading(file)) {
            extents.<IOException>forEachExtent(Files.size(file), (begin, end) -> used.addAndGet(end - begin));
        }
        return used.get();
    }

    /**
     * Makes holes of the zeros of a file that has been written from its beginning to its end. No effect on a file that
     * has holes already, nor where the file system has none.
     */
    public static void dig(Path file) throws IOException {
        long size = Files.size(file);
        if (used(file) < size) {
            return;
        }
        try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ);
                NativeFile holes = NativeFile.openForWriting(file)) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            long zeros = 0; // where the current range of them begins
            for (long position = 0; position < size; position += BLOCK) {
                if (position % CHUNK == 0) {
                    read(content, chunk.clear(), position);
                }
                int offset = (int) (position % CHUNK);
                int length = (int) Math.min(BLOCK, size - position);
                if (chunk.slice(offset, length).mismatch(ZEROS.slice(0, length)) >= 0) {
                    if (!punch(holes, zeros, position)) {
                        return;
                    }
                    zeros = position + length;
                }
            }
            var _ = punch(holes, zeros, size);
        }
    }

    private static boolean punch(NativeFile file, long begin, long end) throws IOException {
        return end - begin < SHORTEST || file.punchHole(begin, end - begin);
    }

    private static void read(FileChannel from, ByteBuffer chunk, long position) throws IOException {
        int read;
        do {
            read = from.read(chunk, position + chunk.position());
        } while (read > 0 && chunk.hasRemaining());
    }
}
