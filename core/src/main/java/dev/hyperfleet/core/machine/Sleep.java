package dev.hyperfleet.core.machine;

import java.time.Duration;

/**
 * When a machine falls asleep and wakes up automatically.
 *
 * @param autostop what happens when it has been idle for long enough
 * @param idleTimeout the idle time before that: {@link #MIN_IDLE} to {@link #MAX_IDLE}
 * @param autostart whether a request to an exposed port starts or resumes it
 */
public record Sleep(Autostop autostop, Duration idleTimeout, boolean autostart) {
    public static final Duration MIN_IDLE = Duration.ofSeconds(1);
    public static final Duration MAX_IDLE = Duration.ofDays(7);
    public static final Duration DEFAULT_IDLE = Duration.ofMinutes(5);

    /** Neither. */
    public static final Sleep NEVER = new Sleep(Autostop.OFF, DEFAULT_IDLE, false);

    public Sleep {
        if (idleTimeout.compareTo(MIN_IDLE) < 0 || idleTimeout.compareTo(MAX_IDLE) > 0) {
            throw new IllegalArgumentException("out of range: idleTimeout");
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
