package dev.hyperfleet.core.guest;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A TCP connection to a port of a guest. One thread may read while another writes; closing it, from any
 * thread, ends both.
 */
public interface PortConnection extends AutoCloseable {
    /** For a read that may wait until the connection is closed. A century: it must fit into nanoseconds. */
    Duration FOREVER = Duration.ofDays(36_500);

    /**
     * Reads what has come, and waits while nothing has.
     *
     * @return how many bytes, at least one; -1 at the end
     * @throws SocketTimeoutException when nothing has come in time; the connection is closed then
     */
    int read(byte[] buffer, int offset, int length, Duration timeout) throws IOException;

    /** Writes all of it, and waits while the guest does not take it. */
    void write(byte[] buffer, int offset, int length) throws IOException;

    /** The guest reads the end after what was written; what it writes can still be read. */
    void endOutput() throws IOException;

    /** Whether it is open both ways and has no unread bytes. Does not wait. */
    boolean isQuiet();

    @Override
    void close();
}
