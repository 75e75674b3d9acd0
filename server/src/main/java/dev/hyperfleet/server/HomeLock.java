package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** One server a home: two would each take the other's machines for leftovers. The kernel frees the lock. */
final class HomeLock implements AutoCloseable {
    private final FileChannel channel;

    private HomeLock(FileChannel channel) {
        this.channel = channel;
    }

    static HomeLock acquire(Path home) {
        Path file = home.resolve("server.lock");
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                throw new HyperfleetException(
                        ErrorCode.CONFLICT,
                        "Another server runs on %s. Stop it, or set HYPERFLEET_HOME to another folder."
                                .formatted(home));
            }
            return new HomeLock(channel);
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot lock %s: %s. Check that HYPERFLEET_HOME is writable.".formatted(file, failure.getMessage()),
                    failure);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException harmless) {
            // The kernel frees it when the process ends.
        }
    }
}
