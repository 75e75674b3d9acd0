package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.time.Duration;

/**
 * TCP ports of a guest, at its own address: servers that listen on loopback only cannot be reached. Safe for concurrent
 * use.
 */
public interface GuestPorts {
    /**
     * Connects to a port.
     *
     * @param port 1 to 65535
     * @throws HyperfleetException with {@link ErrorCode#PORT_CLOSED} if nothing listens there, with {@link
     * ErrorCode#TIMEOUT} if the guest does not answer in time
     */
    PortConnection connect(int port, Duration timeout);

    /**
     * Returns when something listens on the port.
     *
     * @throws HyperfleetException with {@link ErrorCode#TIMEOUT} if nothing does in time
     */
    void awaitListener(int port, Duration timeout);
}
