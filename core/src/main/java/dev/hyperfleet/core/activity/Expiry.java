package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.Alarm;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.control.MachineListener;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Timeouts;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.TimeToLive;
import dev.hyperfleet.core.request.Cause;
import dev.hyperfleet.core.request.RequestContext;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Stops or deletes machines whose time to live has ended. Safe for concurrent use. */
final class Expiry {
    private static final String ACTOR = "time to live";
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Machines machines;
    private final Alarm alarm;
    private final Clock clock;
    private final MachineListener listener;

    Expiry(Machines machines, Alarm alarm, Clock clock, MachineListener listener) {
        this.machines = machines;
        this.alarm = alarm;
        this.clock = clock;
        this.listener = listener;
    }

    /** Schedules the machine's expiry, if it has one. */
    void schedule(Machine machine) {
        machine.spec().automation().timeToLive().ifPresent(end -> alarm.at(end.expiresAt(), () -> end(machine, end)));
    }

    private void end(Machine machine, TimeToLive end) {
        try {
            RequestContext.of(Cause.of(ACTOR)).run(() -> {
                if (isStillSo(machine.id(), end)) {
                    stop(machine.id());
                    finish(machine.id(), end);
                }
            });
        } catch (HyperfleetException failure) {
            // Another command may have come first; or the machine cannot be stopped now.
            if (isStillSo(machine.id(), end)) {
                listener.on(new AutomationFailed(machine.id(), failure));
                alarm.at(clock.instant().plus(Timeouts.RETRY), () -> end(machine, end));
            }
        }
    }

    private boolean isStillSo(MachineId id, TimeToLive end) {
        return machines.peek(id)
                .filter(now -> now.spec().automation().timeToLive().equals(Optional.of(end)))
                .isPresent();
    }

    private void stop(MachineId id) {
        Machine machine = machines.get(id);
        if (!machine.status().isSettled()) {
            machine = machines.await(id, MachineStatus.settled(), PATIENCE);
        }
        if (machine.status().hasVmm() || machine.status() == MachineStatus.SUSPENDED) {
            var _ = machines.stop(id);
        }
    }

    private void finish(MachineId id, TimeToLive end) {
        if (end.delete()) {
            machines.delete(id);
        } else {
            var _ = machines.configure(
                    id,
                    spec -> spec.with(
                            spec.exposedPorts(),
                            spec.publicPorts(),
                            spec.automation().withoutEnd()));
        }
    }
}
