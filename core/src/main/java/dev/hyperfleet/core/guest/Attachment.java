package dev.hyperfleet.core.guest;

import java.time.Duration;
import java.util.Optional;

/**
 * A connection to a process's input and output. When it is closed, the process keeps running. One thread may read while
 * another writes; closing it, from any thread, ends both.
 */
public interface Attachment extends AutoCloseable {
    /** The process's state when this began. */
    GuestProcess process();

    /** The next output; empty if there was none in time. Nothing follows an {@link ProcessOutput.End}. */
    Optional<ProcessOutput> next(Duration timeout);

    /** Sends input to the process, and waits while it has not read earlier input. */
    void write(byte[] data);

    /** Ends the input. */
    void endInput();

    @Override
    void close();
}
