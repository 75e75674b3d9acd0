package dev.hyperfleet.core;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a machine is doing. Each tells the truth: {@link #RUNNING} means that the guest has answered. */
public enum MachineStatus {
    /** Created, and never started. */
    PENDING,
    /** On its way to {@link #RUNNING}; ends by the start timeout at the latest. */
    STARTING,
    /** The VMM runs and the agent in the guest has answered. */
    RUNNING,
    /** The VMM is there, and its virtual CPUs stand still; memory and disk are kept. */
    PAUSED,
    /** On its way to {@link #STOPPED}; ends soon after the stop timeout at the latest. */
    STOPPING,
    /** No VMM; the disk is kept. */
    STOPPED,
    /** No VMM, and the machine says why; the disk is kept. */
    FAILED;

    /** The name in the API: lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The status of this name in the API. */
    public static Optional<MachineStatus> of(String text) {
        return Arrays.stream(values())
                .filter(status -> status.text().equals(text))
                .findFirst();
    }

    /** Whether a VMM belongs to a machine of this status. */
    public boolean hasVmm() {
        return this == STARTING || this == RUNNING || this == PAUSED || this == STOPPING;
    }

    /**
     * Whether a machine of this status can come to the target without a new start of a failed machine,
     * or being made anew: what it makes sense to wait for.
     */
    public boolean canReach(MachineStatus target) {
        return this == target || (this != FAILED && target != PENDING);
    }
}
