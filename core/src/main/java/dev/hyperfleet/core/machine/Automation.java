package dev.hyperfleet.core.machine;

import java.util.List;
import java.util.Optional;

/**
 * What a machine does without being told to each time.
 *
 * @param sleep when it sleeps
 * @param restart whether it is started again when it ends
 * @param checks how it is found out whether it works; at most {@link HealthCheck#MAX_CHECKS}
 * @param timeToLive when it ends
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
