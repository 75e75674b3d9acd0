package dev.hyperfleet.core.guest;

import java.time.Duration;
import java.util.Optional;

/**
 * The way to and from a process. When it is closed, the process goes on. One thread may read while another
 * writes; closing it, from any thread, ends both.
 */
public interface Attachment extends AutoCloseable {
    /** The process as it was when this began. */
    GuestProcess process();

    /** What comes next; empty when nothing has come in time. Nothing comes after an {@link ProcessOutput.End}. */
    Optional<ProcessOutput> next(Duration timeout);

    /** Gives the process input, and waits while it has not taken what was given before. */
    void write(byte[] data);

    /** Says that no more input comes. */
    void endInput();

    @Override
    void close();
}
