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
     * Reads available bytes, and waits if there are none.
     *
     * @return the number of bytes, at least one; -1 at the end
     * @throws SocketTimeoutException if nothing arrived in time; the connection is then closed
     */
    int read(byte[] buffer, int offset, int length, Duration timeout) throws IOException;

    /** Writes all bytes, and waits while the guest does not read them. */
    void write(byte[] buffer, int offset, int length) throws IOException;

    /** Ends the output: the guest reads end of file after it; the guest's output can still be read. */
    void endOutput() throws IOException;

    /** Whether it is open in both directions and has no unread bytes. Does not wait. */
    boolean isQuiet();

    @Override
    void close();
}
