package dev.hyperfleet.core;

import dev.hyperfleet.core.MachineEvent.Adopted;
import dev.hyperfleet.core.MachineEvent.CleanupFailed;
import dev.hyperfleet.core.MachineEvent.Reaped;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the store and the host agree after a start of the server, whatever ended the one before. It
 * needs no memory of its own: it lists what the host has, by name, and compares.
 */
final class Recovery {
    private final MachineRegistry registry;
    private final MachineRunner runner;
    private final Machines machines;
    private final Machines.Ports ports;

    Recovery(MachineRegistry registry, MachineRunner runner, Machines machines, Machines.Ports ports) {
        this.registry = registry;
        this.runner = runner;
        this.machines = machines;
        this.ports = ports;
    }

    void run() {
        Map<MachineId, SupervisedVmm> found = new HashMap<>(ports.supervisor().adopt());
        for (Machine machine : registry.all()) {
            recover(machine, Optional.ofNullable(found.remove(machine.id())));
        }
        found.forEach((id, vmm) -> reap(id, vmm, "a VMM that belongs to no machine"));
        Set<MachineId> leftovers = ports.disks().list();
        for (MachineId id : leftovers) {
            if (registry.find(id).isEmpty()) {
                var _ = runner.remove(id);
                ports.listener().on(new Reaped(id, "files that belong to no machine"));
            }
        }
    }

    private void recover(Machine machine, Optional<SupervisedVmm> vmm) {
        MachineId id = machine.id();
        switch (machine.status()) {
            case PENDING, STOPPED, FAILED -> {
                vmm.ifPresent(running -> reap(id, running, "a VMM of a machine that does not run"));
                runner.removeRuntime(id);
            }
            case STARTING -> vmm.ifPresentOrElse(running -> finishStart(machine, running), () -> giveUpStart(machine));
            case RUNNING, PAUSED ->
                vmm.filter(running -> isOf(machine, running))
                        .ifPresentOrElse(running -> adopt(machine, running), () -> recordEnd(machine, vmm));
            case STOPPING -> {
                vmm.ifPresent(running -> runner.attach(machine, running));
                ports.executor().execute(() -> machines.finishStop(id));
            }
        }
    }

    private void adopt(Machine machine, SupervisedVmm vmm) {
        // The server may have ended between a pause, or a resume, and storing it.
        ports.executor().execute(() -> machines.align(machine.id()));
        machines.watch(machine.id(), runner.attach(machine, vmm));
        ports.listener().on(new Adopted(machine.id()));
    }

    private void finishStart(Machine machine, SupervisedVmm vmm) {
        MachineRunner.Live live = runner.attach(machine, vmm);
        ports.executor().execute(() -> machines.finishLaunched(machine, live));
    }

    private void giveUpStart(Machine machine) {
        runner.removeRuntime(machine.id());
        registry.observe(machine.id(), Lifecycle::startLost);
    }

    /** It was running, and its VMM is not there any more. */
    private void recordEnd(Machine machine, Optional<SupervisedVmm> stranger) {
        stranger.ifPresent(vmm -> reap(machine.id(), vmm, "a VMM that is not the machine's own"));
        VmmExit exit = ports.supervisor().lastExit(machine.id());
        runner.removeRuntime(machine.id());
        registry.observe(machine.id(), (running, now) -> Lifecycle.ended(running, exit, now));
    }

    /** One that cannot be ended must not keep the server from starting. */
    private void reap(MachineId id, SupervisedVmm vmm, String what) {
        try {
            runner.end(new MachineRunner.Live(vmm, Optional.empty()));
            ports.listener().on(new Reaped(id, what));
        } catch (HyperfleetException stuck) {
            ports.listener().on(new CleanupFailed(id, stuck));
        }
        vmm.close();
    }

    private static boolean isOf(Machine machine, SupervisedVmm vmm) {
        return machine.instance()
                .map(Instance::process)
                .filter(vmm.identity()::equals)
                .isPresent();
    }
}
