package dev.hyperfleet.core.machine;

import java.time.Duration;
import java.util.Optional;

/**
 * When a machine falls asleep and wakes up automatically.
 *
 * @param autostop what happens when it has been idle for long enough
 * @param idleTimeout the idle time before that: {@link #MIN_IDLE} to {@link #MAX_IDLE}
 * @param suspendAfter how long it stays paused, by autostop or by a request, before it is suspended: {@link #MIN_IDLE}
 * to {@link #MAX_IDLE}; empty for ever
 * @param autostart whether a request to an exposed port starts or resumes it
 */
public record Sleep(Autostop autostop, Duration idleTimeout, Optional<Duration> suspendAfter, boolean autostart) {
    public static final Duration MIN_IDLE = Duration.ofSeconds(1);
    public static final Duration MAX_IDLE = Duration.ofDays(7);
    public static final Duration DEFAULT_IDLE = Duration.ofMinutes(5);

    /** Neither. */
    public static final Sleep NEVER = new Sleep(Autostop.OFF, DEFAULT_IDLE, Optional.empty(), false);

    public Sleep {
        requireInRange("idleTimeout", idleTimeout);
        suspendAfter.ifPresent(time -> requireInRange("suspendAfter", time));
    }

    private static void requireInRange(String name, Duration time) {
        if (time.compareTo(MIN_IDLE) < 0 || time.compareTo(MAX_IDLE) > 0) {
            throw new IllegalArgumentException("out of range: " + name);
        }
    }

    /** What happens to an idle machine. */
    public enum Autostop {
        OFF,
        /** It is stopped: everything that is not on its disk is lost. */
        STOP,
        /** It is paused: it keeps its memory, on the host and in the guest. */
        PAUSE,
        /** It is suspended: its memory is on the host's disk. */
        SUSPEND
    }
}
