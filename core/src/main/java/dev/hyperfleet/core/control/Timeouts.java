package dev.hyperfleet.core.control;

import java.time.Duration;

/**
 * How long the transitions may take.
 *
 * @param start until the guest must have answered
 * @param stop until a guest that does not power off is killed
 */
public record Timeouts(Duration start, Duration stop) {
    /** A killed process is gone within this time, or the host is broken. */
    static final Duration KILL = Duration.ofSeconds(10);

    /** What could not be done without anybody asking for it is tried again after this time. */
    public static final Duration RETRY = Duration.ofSeconds(30);

    /** What the processes in the guest get of the stop timeout; the rest is for syncing the disks. */
    Duration grace() {
        return stop.multipliedBy(4).dividedBy(5);
    }
}
