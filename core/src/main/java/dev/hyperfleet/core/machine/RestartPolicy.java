package dev.hyperfleet.core.machine;

import java.time.Duration;

/**
 * Whether a machine is restarted when it has ended by itself.
 *
 * @param when the ends after which it applies
 * @param maxRetries maximum number of restarts in a row, without a minute of running in between: 0 to {@link
 * #MAX_RETRIES}
 */
public record RestartPolicy(When when, int maxRetries) {
    public static final int MAX_RETRIES = 1000;
    public static final int DEFAULT_RETRIES = 10;

    /** A machine that has run for this long counts as started: earlier attempts no longer count. */
    static final Duration STABLE = Duration.ofMinutes(1);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final int MAX_DOUBLINGS = 6;

    public static final RestartPolicy NEVER = new RestartPolicy(When.NO, DEFAULT_RETRIES);

    public RestartPolicy {
        if (maxRetries < 0 || maxRetries > MAX_RETRIES) {
            throw new IllegalArgumentException("out of range: maxRetries");
        }
    }

    /** The ends after which a machine is restarted. */
    public enum When {
        NO,
        /** Its guest or its VMM has died. */
        ON_FAILURE,
        /** That, or the guest has powered itself off. */
        ALWAYS
    }

    /** Whether it applies to an end. */
    boolean appliesTo(MachineStatus ended, int tried) {
        boolean wanted = when == When.ALWAYS || (when == When.ON_FAILURE && ended == MachineStatus.FAILED);
        return wanted && tried < maxRetries;
    }

    /** The delay after a number of attempts: 1 s, and twice as long each time, up to a minute. */
    static Duration pause(int tried) {
        return FIRST_PAUSE.multipliedBy(Math.min(60, 1L << Math.min(tried, MAX_DOUBLINGS)));
    }
}
