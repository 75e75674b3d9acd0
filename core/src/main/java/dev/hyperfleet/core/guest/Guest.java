package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The agent in one guest. It is not trusted: its responses are bounded in size and time. Every method, here and in the
 * returned objects, throws {@link HyperfleetException}: with {@link ErrorCode#GUEST_ERROR} if the agent does not
 * respond properly, with {@link ErrorCode#UNAVAILABLE} if the calling thread is interrupted. Safe for concurrent use.
 */
public interface Guest extends AutoCloseable {
    /** Returns when the agent has answered; fails if it has not in time, or cannot any more. */
    void awaitReady(Duration timeout);

    /**
     * Sets the guest's clock to the host's time, which it does not follow while the machine is paused.
     *
     * @param late what it is late by, as far as is known
     * @param timeout how long this may take
     */
    void setClock(InstantSource host, Duration late, Duration timeout);

    /**
     * Halts all processes, except the agent, and writes the disks' caches, so that the machine can be saved. They stay
     * halted until {@link #renew}. Runs the guest's hooks before.
     *
     * @param timeout how long this may take; after that they continue
     */
    void freeze(Duration timeout);

    /**
     * Makes the guest differ from all others that were saved in the same state, and sets its clock roughly, then lets
     * its processes continue. Before its first call nothing of the user's runs. It waits for a guest that has not
     * answered yet.
     *
     * @param host the clock that the guest's is set to
     * @param timeout how long this may take
     * @return what the guest's clock is late by, as far as is known
     */
    Duration renew(Renewal renewal, InstantSource host, Duration timeout);

    /**
     * What a guest is given when it continues.
     *
     * @param entropy random bytes, 32 to 512
     * @param restored whether it was restored from a saved memory; then its hooks are run
     * @param identity what the guest is called from now on; empty if it continues as it was
     * @param waiting whether it is renewed again before it is used: then its hooks are not run, and its processes stay
     *     halted
     */
    @SuppressWarnings("ArrayRecordComponent") // it is neither compared nor kept
    record Renewal(byte[] entropy, boolean restored, Optional<GuestIdentity> identity, boolean waiting) {}

    GuestProcesses processes();

    GuestFiles files();

    GuestPorts ports();

    /** Watches whether processes run that are not in the background. */
    BusyWatch watchBusy();

    /** The guest's resource usage. */
    GuestMetrics metrics();

    /** Asks the guest to end its processes within the grace period and to power off. Returns at once. */
    void shutdown(Duration grace);

    @Override
    void close();
}
