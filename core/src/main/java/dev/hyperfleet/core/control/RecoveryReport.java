package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * What a start of the server found, and what it did about it.
 *
 * @param machines how many the store knew; those without a step were as they should be
 * @param steps in the order in which they were taken
 */
public record RecoveryReport(Instant began, Duration took, int machines, List<Step> steps) {
    public RecoveryReport {
        steps = List.copyOf(steps);
    }

    /**
     * One thing that was done.
     *
     * @param machine which the store need not know
     * @param reason for people
     */
    public record Step(MachineId machine, Action action, String reason) {}

    /** What can be done. */
    public enum Action {
        /** Its VMM was running, and is ours again. */
        ADOPTED,
        /** It was being started; that goes on. */
        START_RESUMED,
        /** It was being started, and nothing of that is left. */
        START_LOST,
        /** It was being stopped; that goes on. */
        STOP_RESUMED,
        /** Its VMM has ended while there was no server: its status says so now. */
        END_RECORDED,
        /** Something was on the host that belongs to no machine, and is removed. */
        REAPED,
        /** The same, but it could not be removed. The next start tries again. */
        NOT_REMOVED;

        /** The name in the API and in logs. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
