package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.machine.HealthCheck;
import java.time.Instant;

/**
 * What a health check has found.
 *
 * @param since when it came to this status
 * @param output what the last try said
 */
public record HealthState(HealthCheck check, Status status, Instant since, String output) {
    /** How it is. */
    public enum Status {
        /** Not known yet. */
        UNKNOWN,
        PASSING,
        FAILING
    }
}
