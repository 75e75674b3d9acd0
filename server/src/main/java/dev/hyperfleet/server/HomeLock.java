package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.IOException;
import java.nio.file.Path;

/** One server per home: each of two would treat the other's machines as leftovers. */
final class HomeLock {
    private HomeLock() {}

    static HeldLock acquire(Path home) {
        Path file = file(home);
        try {
            return HeldLock.tryAcquire(file, 0, Long.MAX_VALUE).orElseThrow(() -> taken(home));
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot lock %s: %s. Check that HYPERFLEET_HOME is writable.".formatted(file, failure.getMessage()),
                    failure);
        }
    }

    /** The file that is locked, which may not exist yet. */
    static Path file(Path home) {
        return home.resolve("server.lock");
    }

    static HyperfleetException taken(Path home) {
        return new HyperfleetException(
                ErrorCode.CONFLICT,
                "Another server runs on %s. Stop it, or set HYPERFLEET_HOME to another folder.".formatted(home));
    }
}
