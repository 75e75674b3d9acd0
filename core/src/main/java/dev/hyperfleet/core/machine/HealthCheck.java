package dev.hyperfleet.core.machine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A check of whether a machine's service works.
 *
 * @param name unique in the machine
 * @param port of the guest, for {@link Kind#HTTP} and {@link Kind#TCP}
 * @param path that must return a status from 200 to 399, for HTTP
 * @param command that must exit with 0, for {@link Kind#EXEC}
 * @param interval from the end of one attempt to the next
 * @param timeout of one attempt
 * @param grace period after the start, during which failures do not count
 * @param healthyAfter successes in a row that make it pass
 * @param unhealthyAfter failures in a row that make it fail
 * @param gate whether the proxy blocks access while it does not pass
 */
public record HealthCheck(
        String name,
        Kind kind,
        Optional<Integer> port,
        Optional<String> path,
        List<String> command,
        Duration interval,
        Duration timeout,
        Duration grace,
        int healthyAfter,
        int unhealthyAfter,
        boolean gate) {
    public static final int MAX_CHECKS = 20;

    public HealthCheck {
        command = List.copyOf(command);
    }

    /** The kind of a check. */
    public enum Kind {
        HTTP,
        TCP,
        EXEC
    }
}
