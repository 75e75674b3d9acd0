package dev.hyperfleet.core.machine;

import java.util.List;
import java.util.Optional;

/**
 * The automatic actions of a machine.
 *
 * @param sleep when it falls asleep
 * @param restart whether it is restarted when it ends
 * @param checks its health checks; at most {@link HealthCheck#MAX_CHECKS}
 * @param timeToLive when it expires
 */
public record Automation(
        Sleep sleep, RestartPolicy restart, List<HealthCheck> checks, Optional<TimeToLive> timeToLive) {
    /** Nothing. */
    public static final Automation NONE = new Automation(Sleep.NEVER, RestartPolicy.NEVER, List.of(), Optional.empty());

    public Automation {
        checks = List.copyOf(checks);
    }

    public Automation withoutEnd() {
        return new Automation(sleep, restart, checks, Optional.empty());
    }
}
