package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.activity.HealthState;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.FakeHost.FakeVmm;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Sleep;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A server's promises about its machines, checked against the host. */
final class Promises {
    private static final Set<MachineStatus> LASTING = EnumSet.of(
            MachineStatus.PENDING,
            MachineStatus.RUNNING,
            MachineStatus.PAUSED,
            MachineStatus.SUSPENDED,
            MachineStatus.STOPPED,
            MachineStatus.FAILED);

    private final World world;
    private final FakeHost host;

    Promises(World world) {
        this.world = world;
        this.host = world.host();
    }

    /** At any moment, for machines without an operation in progress. */
    void hold(Server server) {
        for (Machine machine : server.all()) {
            if (!server.isWorkingOn(machine.id())) {
                check(server, machine);
            }
        }
        server.unanswered.values().forEach(request -> {
            if (request instanceof Step.Await(String name, MachineStatus target)) {
                requireAwake(server, name, target);
            }
        });
    }

    private void requireAwake(Server server, String name, MachineStatus target) {
        server.all().stream()
                .filter(machine -> machine.spec().name().equals(name) && !server.isWorkingOn(machine.id()))
                .forEach(machine -> require(machine.status() != target, "no wait outlasts its event", machine));
    }

    private void check(Server server, Machine machine) {
        MachineId id = machine.id();
        if (!server.unstored.contains(id)) {
            require(machine.equals(host.stored.get(id)), "what is shown is stored", machine);
        }
        Optional<FakeVmm> vmm = host.vmm(id);
        switch (machine.status()) {
            case PENDING, SUSPENDED, STOPPED, FAILED -> {
                boolean saved = host.memories.contains(id);
                require(
                        machine.status() != MachineStatus.SUSPENDED || saved,
                        "a suspended machine has its memory",
                        machine);
                boolean waits = machine.status() == MachineStatus.PENDING
                        && vmm.filter(it -> it.paused && it.frozen).isPresent();
                require(vmm.isEmpty() || waits, "a machine that does not run has no VMM", machine);
                require(
                        waits || !host.runtimes.contains(id) || server.uncleaned.contains(id),
                        "a machine that does not run has what it keeps alone",
                        machine);
            }
            case RUNNING, PAUSED -> {
                require(
                        vmm.filter(it -> isOf(machine, it)).isPresent() || server.saving.contains(id),
                        "a machine that runs has its VMM",
                        machine);
                boolean paused = vmm.filter(it -> it.paused).isPresent();
                require(
                        paused == (machine.status() == MachineStatus.PAUSED)
                                || server.disobeyed.contains(id)
                                || server.unaligned.contains(id)
                                || server.saving.contains(id),
                        "a machine is halted if and only if its status says so",
                        machine);
            }
            case PAUSING ->
                require(vmm.filter(it -> isOf(machine, it)).isPresent(), "a machine that runs has its VMM", machine);
            case STARTING, STOPPING, RESUMING, SUSPENDING -> {} // a VMM may end while the server works on it
        }
    }

    private static boolean isOf(Machine machine, FakeVmm vmm) {
        return vmm.booted() && machine.instance().orElseThrow().process().equals(Objects.requireNonNull(vmm).identity);
    }

    /** When everything that could end has ended. */
    void holdAtRest(Server server) {
        server.unaligned.clear();
        hold(server);
        require(server.isOpen(), "a server answers", "");
        require(server.unanswered.isEmpty(), "every request is answered", server.unanswered);
        for (Machine machine : server.all()) {
            require(LASTING.contains(machine.status()), "every transition ends", machine);
            require(
                    machine.restarts().next().filter(world.now()::isAfter).isEmpty(),
                    "a start that is due is made",
                    machine);
            boolean isOver = machine.spec()
                    .automation()
                    .timeToLive()
                    .filter(end -> world.now().isAfter(end.expiresAt()))
                    .isPresent();
            require(!isOver, "a machine ends with its time to live", machine);
            boolean sleeps = machine.spec().automation().sleep().autostop() != Sleep.Autostop.OFF;
            require(!sleeps || machine.status() != MachineStatus.RUNNING, "a machine that is idle sleeps", machine);
            requireTrueHealth(server, machine);
        }
        world.ledger().audit();
        Quota.Usage used = server.quotas.used();
        require(used.machines() == server.all().size(), "every machine counts, once", used);
        require(
                used.running()
                        == server.all().stream()
                                .filter(machine -> machine.status().hasVmm())
                                .count(),
                "every VMM counts, once",
                used);
        require(
                host.snapshots.equals(host.storedSnapshots.keySet()) || !server.uncleaned.isEmpty(),
                "a snapshot has its files, and nothing is left of others",
                host.snapshots);
        require(
                server.all().stream()
                        .allMatch(machine -> machine.spec()
                                        .automation()
                                        .sleep()
                                        .suspendAfter()
                                        .isEmpty()
                                || machine.status() != MachineStatus.PAUSED),
                "a long pause becomes a suspension",
                "");
        Set<MachineId> strangers = new HashSet<>(host.withTraces());
        strangers.removeAll(host.stored.keySet());
        strangers.removeAll(server.uncleaned);
        require(strangers.size() <= Server.POOL_SIZE, "nothing is left of a deleted machine", strangers);
    }

    private void requireTrueHealth(Server server, Machine machine) {
        boolean serves = host.vmm(machine.id())
                .filter(vmm -> vmm.listens(FakeHost.HEALTH_PORT))
                .isPresent();
        List<HealthState> found = server.automations.health().states(machine.id());
        boolean checked = machine.status() == MachineStatus.RUNNING
                && !machine.spec().automation().checks().isEmpty();
        require(checked != found.isEmpty(), "a machine that runs is checked, and no other", found);
        for (HealthState state : found) {
            boolean passes = state.status() == HealthState.Status.PASSING;
            require(passes == serves, "a check passes when what it is about does", state);
        }
    }

    private void require(boolean kept, String promise, Object about) {
        world.trace().require(kept, promise, about);
    }
}
