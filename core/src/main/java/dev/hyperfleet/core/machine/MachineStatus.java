package dev.hyperfleet.core.machine;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The status of a machine. It is always true: {@link #RUNNING} means that the guest has answered. */
public enum MachineStatus {
    /** Created, and never started. */
    PENDING,
    /** Becoming {@link #RUNNING}; ends at the start timeout at the latest. */
    STARTING,
    /** The VMM runs and the agent in the guest has answered. */
    RUNNING,
    /** Becoming {@link #PAUSED}; back to {@link #RUNNING} if the VMM does not pause. */
    PAUSING,
    /** The VMM exists, and its virtual CPUs are halted; memory and disk are kept. */
    PAUSED,
    /** Becoming {@link #RUNNING}; back to {@link #PAUSED} if the VMM does not resume. */
    RESUMING,
    /** Becoming {@link #SUSPENDED}; back to what it was if its memory cannot be saved. */
    SUSPENDING,
    /** No VMM; the memory is saved on the host's disk, and the next start continues from it. */
    SUSPENDED,
    /** Becoming {@link #STOPPED}; ends soon after the stop timeout at the latest. */
    STOPPING,
    /** No VMM; the disk is kept. */
    STOPPED,
    /** No VMM, and the machine has the reason; the disk is kept. */
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

    /** Whether a machine of this status has a VMM. */
    public boolean hasVmm() {
        return switch (this) {
            case STARTING, RUNNING, PAUSING, PAUSED, RESUMING, SUSPENDING, STOPPING -> true;
            case PENDING, SUSPENDED, STOPPED, FAILED -> false;
        };
    }

    /** Whether a machine stays in this status until something happens to it. The others are transient. */
    public boolean isSettled() {
        return switch (this) {
            case PENDING, RUNNING, PAUSED, SUSPENDED, STOPPED, FAILED -> true;
            case STARTING, PAUSING, RESUMING, SUSPENDING, STOPPING -> false;
        };
    }

    /** The statuses that are {@link #isSettled settled}. */
    public static Set<MachineStatus> settled() {
        return Arrays.stream(values())
                .filter(MachineStatus::isSettled)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(MachineStatus.class)));
    }

    /**
     * Whether a machine of this status can reach the target without a new start of a failed machine, and without being
     * created again: whether waiting makes sense.
     */
    public boolean canReach(MachineStatus target) {
        return this == target || (this != FAILED && target != PENDING);
    }
}
