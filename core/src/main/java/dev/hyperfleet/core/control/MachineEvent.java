package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.machine.Machine;
import java.util.Optional;

/** A change of a machine, for logs, metrics and automations. */
public sealed interface MachineEvent {
    MachineId id();

    /** It reached a new state, which is stored. */
    record Changed(Machine before, Machine after) implements MachineEvent {
        @Override
        public MachineId id() {
            return after.id();
        }
    }

    /**
     * It runs with these settings from now on: it was started, paused, resumed or adopted, or its settings were
     * changed.
     *
     * @param guest empty if it has no agent
     */
    record Running(Machine machine, Optional<Guest> guest) implements MachineEvent {
        @Override
        public MachineId id() {
            return machine.id();
        }
    }

    record Created(Machine machine) implements MachineEvent {
        @Override
        public MachineId id() {
            return machine.id();
        }
    }

    record Deleted(MachineId id) implements MachineEvent {}

    /** The recovery at the server's start took a step for it. */
    record Recovered(RecoveryReport.Step step) implements MachineEvent {
        @Override
        public MachineId id() {
            return step.machine();
        }
    }

    /** Its state could not be stored. The true state is shown, and the server's next start detects it again. */
    record StoreFailed(MachineId id, Exception cause) implements MachineEvent {}

    /** An automatic action failed: to fall asleep, to wake up, to expire. */
    record AutomationFailed(MachineId id, Exception cause) implements MachineEvent {}

    /** The boot of its guest failed because of the host's load, and is repeated. */
    record BootRepeated(MachineId id, Exception cause) implements MachineEvent {}

    /** The clock of its guest, which had stopped, could not be set. */
    record ClockNotSet(MachineId id, Exception cause) implements MachineEvent {}

    /** A cleanup failed. The server's next start tries it again. */
    record CleanupFailed(MachineId id, Exception cause) implements MachineEvent {}
}
