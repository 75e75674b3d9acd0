package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.time.Duration;

/**
 * TCP ports of a guest, at its own address: what listens on loopback alone is not reached. Safe for
 * concurrent use.
 */
public interface GuestPorts {
    /**
     * Connects to a port.
     *
     * @param port 1 to 65535
     * @throws HyperfleetException with {@link ErrorCode#PORT_CLOSED} when nothing listens there, with {@link
     *     ErrorCode#TIMEOUT} when the guest does not answer in time
     */
    PortConnection connect(int port, Duration timeout);

    /**
     * Returns when something listens on the port.
     *
     * @throws HyperfleetException with {@link ErrorCode#TIMEOUT} when nothing has in time
     */
    void awaitListener(int port, Duration timeout);
}
