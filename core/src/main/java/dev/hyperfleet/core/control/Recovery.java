package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineEvent.CleanupFailed;
import dev.hyperfleet.core.control.MachineEvent.Recovered;
import dev.hyperfleet.core.control.RecoveryReport.Action;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Lifecycle;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.VmmExit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the store and the host agree after a start of the server, however the previous one ended. It needs no journal:
 * it lists what the host has, by name, and compares.
 */
final class Recovery {
    private final MachineRegistry registry;
    private final MachineRunner runner;
    private final BootSnapshots boots;
    private final Transitions transitions;
    private final Machines.Ports ports;
    private final List<RecoveryReport.Step> steps = new ArrayList<>();

    Recovery(
            MachineRegistry registry,
            MachineRunner runner,
            BootSnapshots boots,
            Transitions transitions,
            Machines.Ports ports) {
        this.registry = registry;
        this.runner = runner;
        this.boots = boots;
        this.transitions = transitions;
        this.ports = ports;
    }

    RecoveryReport run() {
        Instant began = ports.clock().instant();
        int known = registry.size();
        Map<MachineId, Vmm> found = new HashMap<>(ports.host().adopt());
        for (Machine machine : registry.all()) {
            recover(machine, Optional.ofNullable(found.remove(machine.id())));
        }
        found.forEach((id, vmm) -> reap(id, vmm, "a VMM that belongs to no machine"));
        Set<MachineId> leftovers = ports.host().list();
        for (MachineId id : leftovers) {
            if (registry.find(id).isEmpty()) {
                var _ = runner.remove(id);
                note(id, Action.REAPED, "files that belong to no machine");
            }
        }
        return new RecoveryReport(began, Duration.between(began, ports.clock().instant()), known, steps);
    }

    private void note(MachineId id, Action action, String reason) {
        RecoveryReport.Step step = new RecoveryReport.Step(id, action, reason);
        steps.add(step);
        ports.listener().on(new Recovered(step));
    }

    private void recover(Machine machine, Optional<Vmm> vmm) {
        MachineId id = machine.id();
        switch (machine.status()) {
            case PENDING, SUSPENDED, STOPPED, FAILED -> {
                vmm.ifPresent(running -> reap(id, running, "a VMM of a machine that does not run"));
                runner.removeRuntime(id);
                if (machine.status() == MachineStatus.PENDING) { // a guest may have waited for its start
                    var _ = runner.remove(id);
                }
                recoverMemory(machine);
            }
            case STARTING -> vmm.ifPresentOrElse(running -> finishStart(machine, running), () -> giveUpStart(machine));
            case SUSPENDING ->
                vmm.filter(running -> isOf(machine, running))
                        .ifPresentOrElse(running -> adopt(machine, running), () -> finishSuspension(machine, vmm));
            case RUNNING, PAUSING, PAUSED, RESUMING ->
                vmm.filter(running -> isOf(machine, running))
                        .ifPresentOrElse(running -> adopt(machine, running), () -> recordEnd(machine, vmm));
            case STOPPING -> {
                vmm.ifPresent(running -> runner.attach(machine, running));
                ports.executor().execute(() -> {
                    var _ = machine.startsFrom().isPresent()
                            ? transitions.finishRollback(machine)
                            : transitions.finishStop(machine);
                });
                note(id, Action.STOP_RESUMED, vmm.isPresent() ? "its VMM still runs" : "its VMM is gone");
            }
        }
    }

    private void adopt(Machine machine, Vmm vmm) {
        MachineId id = machine.id();
        transitions.watch(id, runner.attach(machine, vmm));
        switch (machine.status()) {
            case PAUSING, RESUMING -> ports.executor().execute(() -> transitions.finishUnattended(machine));
            case SUSPENDING -> ports.executor().execute(() -> transitions.finishSuspendUnattended(machine));
            default -> transitions.align(id);
        }
        note(id, Action.ADOPTED, "its VMM was running");
    }

    private void finishStart(Machine machine, Vmm vmm) {
        Live live = runner.attach(machine, vmm);
        ports.executor().execute(() -> transitions.finishLaunched(machine, live));
        note(machine.id(), Action.START_RESUMED, "its VMM was running, but its guest had not answered yet");
    }

    /** A machine that was suspended still is until it starts again: no guest has used its memory. */
    private void giveUpStart(Machine machine) {
        runner.removeRuntime(machine.id());
        boolean suspended =
                machine.startsFrom().isEmpty() && ports.host().suspended().exists(machine.id());
        boolean warm = boots.isStartOf(machine); // only a first start is
        Machine now = registry.observe(machine.id(), (lost, time) -> {
            Machine next = Lifecycle.startLost(lost, suspended, time);
            return warm ? next.startingFrom(Optional.empty()) : next;
        });
        note(
                machine.id(),
                Action.START_LOST,
                "its VMM was not found: it is %s%s"
                        .formatted(now.status().text(), now.restarts().next().isPresent() ? ", and starts again" : ""));
        recoverMemory(now);
    }

    /** What a machine has saved is only of use to one that was suspended, or could not continue after that. */
    private void recoverMemory(Machine machine) {
        MachineId id = machine.id();
        switch (machine.status()) {
            case SUSPENDED -> {
                if (!ports.host().suspended().exists(id)) {
                    var _ = registry.observe(id, Lifecycle::memoryLost);
                    note(id, Action.END_RECORDED, "its saved memory is gone");
                }
            }
            case PENDING, STOPPED -> {
                var _ = runner.discardMemory(id);
            }
            default -> {}
        }
    }

    /** It was being suspended, and its VMM no longer exists. */
    private void finishSuspension(Machine machine, Optional<Vmm> stranger) {
        if (!ports.host().suspended().exists(machine.id())) {
            recordEnd(machine, stranger);
            return;
        }
        stranger.ifPresent(vmm -> reap(machine.id(), vmm, "a VMM that is not the machine's own"));
        runner.removeRuntime(machine.id());
        var _ = registry.observe(machine.id(), Lifecycle::suspended);
        note(machine.id(), Action.END_RECORDED, "its memory was saved: it is suspended");
    }

    /** It was running, and its VMM no longer exists. */
    private void recordEnd(Machine machine, Optional<Vmm> stranger) {
        stranger.ifPresent(vmm -> reap(machine.id(), vmm, "a VMM that is not the machine's own"));
        VmmExit exit = ports.host().lastExit(machine.id());
        runner.removeRuntime(machine.id());
        Machine now = registry.observe(machine.id(), (running, time) -> Lifecycle.ended(running, exit, time));
        note(
                machine.id(),
                Action.END_RECORDED,
                now.errorMessage().orElse(exit.isReboot() ? "its guest had rebooted" : "its guest had powered off"));
    }

    /** A VMM that cannot be ended must not prevent the server from starting. */
    private void reap(MachineId id, Vmm vmm, String what) {
        try {
            runner.end(new Live(vmm, Optional.empty(), false, false));
            note(id, Action.REAPED, what);
        } catch (HyperfleetException stuck) {
            ports.listener().on(new CleanupFailed(id, stuck));
            note(id, Action.NOT_REMOVED, "%s: %s".formatted(what, stuck.getMessage()));
        }
        vmm.close();
    }

    private static boolean isOf(Machine machine, Vmm vmm) {
        return machine.instance()
                .map(Instance::process)
                .filter(vmm.identity()::equals)
                .isPresent();
    }
}
