package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineEvent;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Timeouts;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.Cause;
import dev.hyperfleet.core.request.RequestContext;
import java.time.Instant;

/** Starts machines at the times that their restart policies set. Safe for concurrent use. */
final class AutomaticStarts {
    private static final String ACTOR = "restart policy";

    private final Machines machines;
    private final Machines.Ports ports;

    AutomaticStarts(Machines machines, Machines.Ports ports) {
        this.machines = machines;
        this.ports = ports;
    }

    /** Schedules the machine's next start, if one is due. */
    void schedule(Machine machine) {
        machine.restarts().next().ifPresent(due -> ports.alarm().at(due, () -> start(machine.id(), due)));
    }

    private void start(MachineId id, Instant due) {
        try {
            RequestContext.of(Cause.of(ACTOR)).run(() -> machines.startByPolicy(id, due));
        } catch (HyperfleetException failure) {
            // It could not be stored, so it is still due.
            ports.listener().on(new MachineEvent.AutomationFailed(id, failure));
            ports.alarm().at(ports.clock().instant().plus(Timeouts.RETRY), () -> start(id, due));
        }
    }
}
