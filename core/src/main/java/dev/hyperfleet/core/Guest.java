package dev.hyperfleet.core;

import java.time.Duration;

/**
 * The agent in one guest. It is not trusted: its answers are bounded in size and time. Every method
 * throws {@link HyperfleetException} with {@link ErrorCode#GUEST_ERROR} when it does not answer as it
 * should. Safe for concurrent use.
 */
public interface Guest extends AutoCloseable {
    /** Returns when the agent has answered; fails when it has not in time, or cannot any more. */
    void awaitReady(Duration timeout);

    /**
     * Runs a command.
     *
     * @throws HyperfleetException {@link ErrorCode#BAD_REQUEST} for a command that cannot be started
     */
    ExecResult exec(ExecRequest request);

    /** Asks the guest to end its processes within the grace period and to power off. Returns at once. */
    void shutdown(Duration grace);

    @Override
    void close();
}
