package dev.hyperfleet.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** A lock on bytes of a file, which need not exist. The kernel releases it when the process ends, for any reason. */
final class HeldLock implements AutoCloseable {
    private final FileChannel channel;

    private HeldLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Locks these bytes of the file, which is created if it does not exist; empty if any of them is locked. */
    static Optional<HeldLock> tryAcquire(Path file, long first, long size) throws IOException {
        HeldLock lock = new HeldLock(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
        if (lock.isGranted(first, size)) {
            return Optional.of(lock);
        }
        lock.close();
        return Optional.empty();
    }

    private boolean isGranted(long first, long size) throws IOException {
        try {
            return channel.tryLock(first, size, false) != null;
        } catch (OverlappingFileLockException ofThisProcess) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException harmless) {
            // The kernel releases it when the process ends.
        }
    }
}
