package dev.hyperfleet.host.snapshot;

import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a new file, accessible only to its owner, by ranges; what is between them is a hole. Not for concurrent use. */
final class RangeWriter implements AutoCloseable {
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
            file.setLength(size);
            return new RangeWriter(path, file);
        } catch (IOException failure) {
            throw HostErrors.of("create", path, failure);
        }
    }

    void write(byte[] range, int length, long offset) {
        ByteBuffer content = ByteBuffer.wrap(range, 0, length);
        FileChannel channel = file.getChannel();
        try {
            while (content.hasRemaining()) {
                var _ = channel.write(content, offset + content.position());
            }
        } catch (IOException failure) {
            throw HostErrors.of("write", path, failure);
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
