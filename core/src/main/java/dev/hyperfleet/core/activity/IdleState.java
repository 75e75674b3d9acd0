package dev.hyperfleet.core.activity;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Whether a machine is idle.
 *
 * @param since when nothing holds it awake; empty while something does
 * @param heldAwakeBy what does; processes are known of where the machine may go to sleep
 */
public record IdleState(Optional<Instant> since, List<Activity> heldAwakeBy) {}
