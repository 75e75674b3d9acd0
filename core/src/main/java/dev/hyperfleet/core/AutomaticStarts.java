package dev.hyperfleet.core;

import java.time.Instant;

/** Starts machines whose restart policy says so, when the time for it has come. Safe for concurrent use. */
final class AutomaticStarts {
    private static final String ACTOR = "restart policy";

    private final Machines machines;
    private final Alarm alarm;

    AutomaticStarts(Machines machines, Alarm alarm) {
        this.machines = machines;
        this.alarm = alarm;
    }

    /** Sees to the machine's next start, if one is due. */
    void on(Machine machine) {
        machine.restarts().next().ifPresent(due -> alarm.at(due, () -> start(machine.id(), due)));
    }

    private void start(MachineId id, Instant due) {
        Cause.of(ACTOR).run(() -> machines.startByPolicy(id, due));
    }
}
