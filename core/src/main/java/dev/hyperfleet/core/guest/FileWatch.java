package dev.hyperfleet.core.guest;

import java.time.Duration;
import java.util.Optional;

/** Tells of changes of files, from its making on, without missing one. For one thread; any may close it. */
public interface FileWatch extends AutoCloseable {
    /** The next change; empty when there was none in time. */
    Optional<FileChange> next(Duration timeout);

    /** Whether what was watched is gone, so that there will be no more. */
    boolean isOver();

    @Override
    void close();
}
