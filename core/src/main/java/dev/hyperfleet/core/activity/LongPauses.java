package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.Alarm;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.control.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.control.MachineListener;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Timeouts;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.request.Cause;
import dev.hyperfleet.core.request.RequestContext;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Suspends machines that have been paused for long enough. Safe for concurrent use. */
final class LongPauses {
    private final Machines machines;
    private final Alarm alarm;
    private final Clock clock;
    private final MachineListener listener;

    LongPauses(Machines machines, Alarm alarm, Clock clock, MachineListener listener) {
        this.machines = machines;
        this.alarm = alarm;
        this.clock = clock;
        this.listener = listener;
    }

    /** Schedules the suspension of a machine that is paused, and may not be for ever. */
    void schedule(Machine machine) {
        if (machine.status() == MachineStatus.PAUSED) {
            limit(machine).ifPresent(limit -> alarm.at(machine.updatedAt().plus(limit), () -> suspend(machine)));
        }
    }

    private static Optional<Duration> limit(Machine machine) {
        return machine.spec().automation().sleep().suspendAfter();
    }

    private void suspend(Machine paused) {
        if (!isStillSo(paused)) {
            return;
        }
        try {
            RequestContext.of(Cause.of(Automations.AUTOSTOP)).run(() -> {
                var _ = machines.suspend(paused.id());
            });
        } catch (HyperfleetException failure) {
            // Another command may have come first; or the memory cannot be saved now.
            if (isStillSo(paused)) {
                listener.on(new AutomationFailed(paused.id(), failure));
                alarm.at(clock.instant().plus(Timeouts.RETRY), () -> suspend(paused));
            }
        }
    }

    private boolean isStillSo(Machine paused) {
        return machines.peek(paused.id())
                .filter(now -> now.status() == MachineStatus.PAUSED
                        && now.instance().equals(paused.instance())
                        && now.updatedAt().equals(paused.updatedAt())
                        && limit(now).equals(limit(paused)))
                .isPresent();
    }
}
