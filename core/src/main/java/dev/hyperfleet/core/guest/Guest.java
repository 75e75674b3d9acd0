package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.time.Duration;
import java.time.InstantSource;

/**
 * The agent in one guest. It is not trusted: its answers are bounded in size and time. Every method, here
 * and in what it gives, throws {@link HyperfleetException}: with {@link ErrorCode#GUEST_ERROR} when the
 * agent does not answer as it should, with {@link ErrorCode#UNAVAILABLE} when the calling thread is
 * interrupted. Safe for concurrent use.
 */
public interface Guest extends AutoCloseable {
    /** Returns when the agent has answered; fails when it has not in time, or cannot any more. */
    void awaitReady(Duration timeout);

    /**
     * Sets the guest's clock by the host's, which it does not follow while the machine is paused.
     *
     * @param timeout how long that may take
     */
    void setClock(InstantSource host, Duration timeout);

    GuestProcesses processes();

    GuestFiles files();

    GuestPorts ports();

    /** Whether processes run that are not in the background, now and whenever it changes. */
    BusyWatch watchBusy();

    /** What the guest uses. */
    GuestMetrics metrics();

    /** Asks the guest to end its processes within the grace period and to power off. Returns at once. */
    void shutdown(Duration grace);

    @Override
    void close();
}
