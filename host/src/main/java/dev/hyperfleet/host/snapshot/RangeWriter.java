package dev.hyperfleet.host.snapshot;

import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a new file, accessible only to its owner, by ranges; what is between them is a hole, and so are blocks of zeros.
 * Not for concurrent use.
 */
final class RangeWriter implements AutoCloseable {
    private static final int BLOCK = 64 << 10;
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(BLOCK).asReadOnlyBuffer();

    private final Path path;
    private final RandomAccessFile file;

    private RangeWriter(Path path, RandomAccessFile file) {
        this.path = path;
        this.file = file;
    }

    static RangeWriter create(Path path, long size) {
        try {
            Files.createFile(path, Folders.PRIVATE_FILE);
            RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
            RangeWriter writer = new RangeWriter(path, file);
            try {
                file.setLength(size);
            } catch (IOException failure) {
                writer.close();
                throw failure;
            }
            return writer;
        } catch (IOException failure) {
            throw HostErrors.of("create", path, failure);
        }
    }

    /** Writes the beginning of the range, and returns how many bytes of it were not zeros' blocks. */
    int write(byte[] range, int length, long offset) {
        int written = 0;
        try {
            for (int begin = 0; begin < length; begin += BLOCK) {
                ByteBuffer block = ByteBuffer.wrap(range, begin, Math.min(BLOCK, length - begin));
                if (block.mismatch(ZEROS.slice(0, block.remaining())) >= 0) {
                    written += block.remaining();
                    write(block, offset + begin);
                }
            }
        } catch (IOException failure) {
            throw HostErrors.of("write", path, failure);
        }
        return written;
    }

    private void write(ByteBuffer block, long offset) throws IOException {
        FileChannel channel = file.getChannel();
        long next = offset;
        while (block.hasRemaining()) {
            next += channel.write(block, next);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException failure) {
            throw HostErrors.of("write", path, failure);
        }
    }
}
