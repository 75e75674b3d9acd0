package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * What a start of the server found, and what it did about it.
 *
 * @param machines the number of machines in the store; those without a step needed no action
 * @param steps in the order in which they were taken
 */
public record RecoveryReport(Instant began, Duration took, int machines, List<Step> steps) {
    public RecoveryReport {
        steps = List.copyOf(steps);
    }

    /**
     * One step of the recovery.
     *
     * @param machine need not be in the store
     * @param reason for people
     */
    public record Step(MachineId machine, Action action, String reason) {}

    /** The kinds of steps. */
    public enum Action {
        /** Its VMM was running, and this server controls it again. */
        ADOPTED,
        /** It was being started; the start continues. */
        START_RESUMED,
        /** It was being started, but no VMM was found. */
        START_LOST,
        /** It was being stopped; the stop continues. */
        STOP_RESUMED,
        /** Its VMM exited while no server was running: its status now says so. */
        END_RECORDED,
        /** A resource on the host belonged to no machine, and was removed. */
        REAPED,
        /** The same, but it could not be removed. The next start tries again. */
        NOT_REMOVED;

        /** The name in the API and in logs. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
