package dev.hyperfleet.core;

import dev.hyperfleet.core.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.Sleep.Autostop;
import dev.hyperfleet.core.guest.Guest;
import java.time.Duration;
import java.util.Optional;

/** Sees to what machines do by themselves, as their {@link Automation} says. Safe for concurrent use. */
final class Automations {
    /** What could not be done is tried again after this. */
    static final Duration AGAIN_AFTER = Duration.ofSeconds(30);

    private static final String AUTOSTOP = "autostop";

    private final Machines machines;
    private final MachineListener listener;
    private final IdleWatch idle;
    private final HealthWatch health;
    private final AutomaticStarts starts;
    private final Expiry expiry;

    Automations(Machines machines, Machines.Ports ports) {
        this.machines = machines;
        this.listener = ports.listener();
        this.idle = new IdleWatch(ports.clock(), ports.time(), ports.executor());
        this.health = new HealthWatch(machines, ports.clock(), ports.time(), ports.executor());
        this.starts = new AutomaticStarts(machines, ports);
        this.expiry = new Expiry(machines, ports.alarm(), ports.clock(), ports.listener());
    }

    Wakefulness wakefulness(MachineId id) {
        return idle.of(id);
    }

    /** What its checks have found; empty for a machine without checks, or without a VMM. */
    Optional<Health> health(MachineId id) {
        return health.of(id);
    }

    /** Waits until no check keeps people out of a machine; what does so when the time is over. */
    Optional<HealthState> awaitOpenGate(MachineId id, Duration patience) {
        return health.awaitOpenGate(id, patience);
    }

    void on(MachineEvent event) {
        idle.on(event);
        switch (event) {
            case MachineEvent.Created(Machine machine) -> expiry.on(machine);
            case MachineEvent.Changed(Machine before, Machine after) -> {
                health.on(before, after);
                if (!after.restarts().equals(before.restarts())) {
                    starts.on(after);
                }
                if (!after.spec().equals(before.spec())) {
                    expiry.on(after);
                }
            }
            default -> {}
        }
    }

    /** What is due by an earlier server's word. */
    void takeUp(Machine machine) {
        starts.on(machine);
        expiry.on(machine);
        health.takeUp(machine.id());
    }

    /**
     * Checks the machine's health, and puts it to sleep when it is idle, if it runs and is to.
     *
     * @param guest empty where there is no agent in it, who would say whether it is idle
     */
    void watch(Machine machine, Optional<Guest> guest) {
        if (machine.status() != MachineStatus.RUNNING) {
            return;
        }
        Sleep sleep = machine.spec().automation().sleep();
        if (sleep.autostop() != Autostop.OFF && guest.isPresent()) {
            idle.watch(
                    machine,
                    guest.get().watchBusy(),
                    () -> isUnchanged(machine),
                    () -> fallAsleep(machine.id(), sleep));
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

    private void fallAsleep(MachineId id, Sleep sleep) {
        Cause.of(AUTOSTOP).run(() -> {
            try {
                if (sleep.autostop() == Autostop.PAUSE) {
                    var _ = machines.pause(id);
                } else {
                    machines.stopInBackground(id);
                }
            } catch (HyperfleetException refused) {
                listener.on(new AutomationFailed(id, refused));
            }
        });
    }
}
