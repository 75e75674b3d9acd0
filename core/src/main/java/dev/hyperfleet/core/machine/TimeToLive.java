package dev.hyperfleet.core.machine;

import java.time.Duration;
import java.time.Instant;

/**
 * When a machine expires.
 *
 * @param expiresAt when it is stopped
 * @param delete whether it is deleted then
 */
public record TimeToLive(Instant expiresAt, boolean delete) {
    public static final Duration MAX = Duration.ofDays(3650);
}
