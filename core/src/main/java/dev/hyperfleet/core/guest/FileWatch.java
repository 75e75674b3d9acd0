package dev.hyperfleet.core.guest;

import java.time.Duration;
import java.util.Optional;

/** Reports every change of files since its creation. For one thread; any may close it. */
public interface FileWatch extends AutoCloseable {
    /** The next change; empty if there was none in time. */
    Optional<FileChange> next(Duration timeout);

    /** Whether the watched path is gone, so that there will be no more changes. */
    boolean isOver();

    @Override
    void close();
}
