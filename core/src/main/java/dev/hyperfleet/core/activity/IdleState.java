package dev.hyperfleet.core.activity;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Whether a machine is idle.
 *
 * @param since when it has been idle; empty while something keeps it awake
 * @param heldAwakeBy what keeps it awake; processes are tracked only if the machine may fall asleep
 */
public record IdleState(Optional<Instant> since, List<Activity> heldAwakeBy) {}
