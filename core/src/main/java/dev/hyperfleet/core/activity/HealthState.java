package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.machine.HealthCheck;
import java.time.Instant;

/**
 * The state of a health check.
 *
 * @param since when it reached this status
 * @param output the result of the last attempt
 */
public record HealthState(HealthCheck check, Status status, Instant since, String output) {
    /** The status of a check. */
    public enum Status {
        /** Not known yet. */
        UNKNOWN,
        PASSING,
        FAILING
    }
}
