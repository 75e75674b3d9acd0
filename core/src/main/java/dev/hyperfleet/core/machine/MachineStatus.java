package dev.hyperfleet.core.machine;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a machine is doing. Each tells the truth: {@link #RUNNING} means that the guest has answered. */
public enum MachineStatus {
    /** Created, and never started. */
    PENDING,
    /** On its way to {@link #RUNNING}; ends by the start timeout at the latest. */
    STARTING,
    /** The VMM runs and the agent in the guest has answered. */
    RUNNING,
    /** On its way to {@link #PAUSED}, or back to {@link #RUNNING} when the VMM does not pause. */
    PAUSING,
    /** The VMM is there, and its virtual CPUs stand still; memory and disk are kept. */
    PAUSED,
    /** On its way to {@link #RUNNING}, or back to {@link #PAUSED} when the VMM does not resume. */
    RESUMING,
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
        return switch (this) {
            case STARTING, RUNNING, PAUSING, PAUSED, RESUMING, STOPPING -> true;
            case PENDING, STOPPED, FAILED -> false;
        };
    }

    /** Whether a machine stays in this status until something happens to it. The others are transitions, which end. */
    public boolean isSettled() {
        return switch (this) {
            case PENDING, RUNNING, PAUSED, STOPPED, FAILED -> true;
            case STARTING, PAUSING, RESUMING, STOPPING -> false;
        };
    }

    /** The statuses that are {@link #isSettled settled}. */
    public static Set<MachineStatus> settled() {
        return Arrays.stream(values())
                .filter(MachineStatus::isSettled)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(MachineStatus.class)));
    }

    /**
     * Whether a machine of this status can come to the target without a new start of a failed machine,
     * or being made anew: what it makes sense to wait for.
     */
    public boolean canReach(MachineStatus target) {
        return this == target || (this != FAILED && target != PENDING);
    }
}
