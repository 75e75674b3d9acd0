package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.machine.Machine;
import java.util.Optional;

/** Something that has happened to a machine, for logs, metrics and automations. */
public sealed interface MachineEvent {
    MachineId id();

    /** It came to a new state, which is stored. */
    record Changed(Machine before, Machine after) implements MachineEvent {
        @Override
        public MachineId id() {
            return after.id();
        }
    }

    /**
     * It runs with these settings from now on: it was started, paused, resumed or adopted, or its settings were changed.
     *
     * @param guest empty where there is no agent in it
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

    /** A start of the server did something about it. */
    record Recovered(RecoveryReport.Step step) implements MachineEvent {
        @Override
        public MachineId id() {
            return step.machine();
        }
    }

    /** Its state could not be stored. It is shown as it is, and found out again when the server starts next. */
    record StoreFailed(MachineId id, Exception cause) implements MachineEvent {}

    /** What it was to do by itself did not come about: to sleep, to wake up, to end. */
    record AutomationFailed(MachineId id, Exception cause) implements MachineEvent {}

    /** The boot of its guest was spoilt by the host's load, and is repeated. */
    record BootRepeated(MachineId id, Exception cause) implements MachineEvent {}

    /** The clock of its guest, which has stood still, could not be set. */
    record ClockNotSet(MachineId id, Exception cause) implements MachineEvent {}

    /** Something could not be cleaned up. It is tried again when the server starts next. */
    record CleanupFailed(MachineId id, Exception cause) implements MachineEvent {}
}
