package dev.hyperfleet.core.control;

import java.time.Duration;

/**
 * The timeouts of transitions.
 *
 * @param start until the guest must have answered
 * @param stop until a guest that does not power off is killed
 */
public record Timeouts(Duration start, Duration stop) {
    /** A killed process is gone within this time, or the host is broken. */
    static final Duration KILL = Duration.ofSeconds(10);

    /** A failed automatic action is retried after this time. */
    public static final Duration RETRY = Duration.ofSeconds(30);

    /** The part of the stop timeout for the processes in the guest; the rest is for syncing the disks. */
    Duration grace() {
        return stop.multipliedBy(4).dividedBy(5);
    }
}
