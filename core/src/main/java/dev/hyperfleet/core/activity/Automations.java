package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineEvent;
import dev.hyperfleet.core.control.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.control.MachineListener;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Sleep.Autostop;
import dev.hyperfleet.core.request.Cause;
import dev.hyperfleet.core.request.RequestContext;
import java.util.Optional;

/**
 * Carries out automatic actions of machines, according to their {@link Automation}. It subscribes to the events of
 * {@link Machines}, which does not depend on it. Safe for concurrent use.
 */
public final class Automations {
    static final String AUTOSTOP = "autostop";

    private final Machines machines;
    private final MachineListener listener;
    private final ActivityTracker activity;
    private final IdleWatch idle;
    private final HealthMonitor health;
    private final AutomaticStarts starts;
    private final Expiry expiry;
    private final LongPauses pauses;

    private Automations(Machines machines, Machines.Ports ports) {
        this.machines = machines;
        this.listener = ports.listener();
        this.activity = new ActivityTracker(machines, ports.clock(), ports.time());
        this.idle = new IdleWatch(activity, ports.time(), ports.executor());
        this.health = new HealthMonitor(machines, ports.clock(), ports.time(), ports.executor());
        this.starts = new AutomaticStarts(machines, ports);
        this.expiry = new Expiry(machines, ports.alarm(), ports.clock(), ports.listener());
        this.pauses = new LongPauses(machines, ports.alarm(), ports.clock(), ports.listener());
    }

    /** Subscribes to the events of these machines. Call once, before the recovery. */
    public static Automations of(Machines machines, Machines.Ports ports) {
        Automations automations = new Automations(machines, ports);
        machines.subscribe(automations::on);
        return automations;
    }

    /** Schedules what an earlier server left to do. Call once, after the recovery. */
    public void resume() {
        machines.all().forEach(machine -> {
            starts.schedule(machine);
            expiry.schedule(machine);
            pauses.schedule(machine);
            health.rearm(machine.id());
        });
    }

    public ActivityTracker activity() {
        return activity;
    }

    public HealthMonitor health() {
        return health;
    }

    private void on(MachineEvent event) {
        switch (event) {
            case MachineEvent.Created(Machine machine) -> expiry.schedule(machine);
            case MachineEvent.Changed(Machine before, Machine after) -> apply(before, after);
            case MachineEvent.Running(Machine machine, Optional<Guest> guest) -> watch(machine, guest);
            case MachineEvent.Deleted(MachineId id) -> idle.forget(id);
            default -> {}
        }
    }

    private void apply(Machine before, Machine after) {
        idle.recheck(after.id());
        health.apply(before, after);
        if (!after.restarts().equals(before.restarts())) {
            starts.schedule(after);
        }
        if (!after.spec().equals(before.spec())) {
            expiry.schedule(after);
        }
        if (!after.spec().equals(before.spec()) || after.status() != before.status()) {
            pauses.schedule(after);
        }
    }

    private void watch(Machine machine, Optional<Guest> guest) {
        Sleep sleep = machine.spec().automation().sleep();
        if (sleep.autostop() != Autostop.OFF && guest.isPresent()) {
            idle.watch(
                    machine,
                    guest.get().watchBusy(),
                    () -> isUnchanged(machine),
                    () -> putToSleep(machine.id(), sleep));
        }
        health.watch(machine, guest, () -> isUnchanged(machine));
    }

    private boolean isUnchanged(Machine watched) {
        return machines.peek(watched.id())
                .filter(now -> now.status() == MachineStatus.RUNNING
                        && now.instance().equals(watched.instance())
                        && now.spec()
                                .automation()
                                .withoutEnd()
                                .equals(watched.spec().automation().withoutEnd()))
                .isPresent();
    }

    private void putToSleep(MachineId id, Sleep sleep) {
        RequestContext.of(Cause.of(AUTOSTOP)).run(() -> {
            try {
                switch (sleep.autostop()) {
                    case OFF -> {}
                    case STOP -> machines.stopInBackground(id);
                    case PAUSE -> {
                        var _ = machines.pause(id);
                    }
                    case SUSPEND -> {
                        var _ = machines.suspend(id);
                    }
                }
            } catch (HyperfleetException refused) {
                listener.on(new AutomationFailed(id, refused));
            }
        });
    }
}
