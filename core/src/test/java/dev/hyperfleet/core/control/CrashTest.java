package dev.hyperfleet.core.control;

import static dev.hyperfleet.core.machine.MachineStatus.FAILED;
import static dev.hyperfleet.core.machine.MachineStatus.PAUSED;
import static dev.hyperfleet.core.machine.MachineStatus.PENDING;
import static dev.hyperfleet.core.machine.MachineStatus.RUNNING;
import static dev.hyperfleet.core.machine.MachineStatus.STOPPED;
import static dev.hyperfleet.core.machine.MachineStatus.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Ends the server at every step of every command: before and after each write to the store and each effect on the host.
 * After each, the next server finds every machine in a true and lasting state, and nothing else.
 */
class CrashTest {
    private static final Set<MachineStatus> PERSISTENT = Set.of(PENDING, RUNNING, PAUSED, SUSPENDED, STOPPED, FAILED);
    private static final int MORE_STEPS_THAN_ANY_COMMAND_HAS = 100;

    @Test
    void noStepOfACreateIsFatal() {
        int steps = crashEverywhere(machines -> {}, machines -> machines.create(Specs.named("created")));
        assertThat(steps).isGreaterThanOrEqualTo(2);
    }

    @Test
    void noStepOfAStartIsFatal() {
        int steps = crashEverywhere(
                machines -> machines.create(Specs.named("one")), machines -> machines.start(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(10);
    }

    @Test
    void noStepOfAStartThatMakesABootSnapshotIsFatal() {
        int steps = crashEverywhere(
                machines -> machines.create(Specs.warm("one", 1)), machines -> machines.start(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(20);
    }

    @Test
    void noStepOfAStartFromABootSnapshotIsFatal() {
        int steps = crashEverywhere(
                machines -> {
                    machines.start(machines.create(Specs.warm("one", 1)).id());
                    var _ = machines.create(Specs.warm("two", 1));
                },
                machines -> machines.start(machines.find("two").id()));
        assertThat(steps).isGreaterThanOrEqualTo(10);
    }

    @Test
    void aMachineWhoseStartFromABootSnapshotWasLostNamesNoSnapshot() {
        for (int step = 1; step < MORE_STEPS_THAN_ANY_COMMAND_HAS; step++) {
            FakeHost host = new FakeHost();
            Machines before = FakeServer.on(host).machines;
            before.start(before.create(Specs.warm("one", 1)).id());
            MachineId two = before.create(Specs.warm("two", 1)).id();
            if (!crash(host, step, machines -> machines.start(two))) {
                return;
            }
            FakeServer next = FakeServer.on(host);
            next.recover();
            assertThat(next.machines.settled(two).startsFrom())
                    .as("step " + step)
                    .isEmpty();
        }
    }

    @Test
    void noStepOfAStopIsFatal() {
        int steps = crashEverywhere(CrashTest::startOne, machines -> machines.stop(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(8);
    }

    @Test
    void noStepOfARestartIsFatal() {
        int steps = crashEverywhere(CrashTest::startOne, machines -> machines.restart(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(16);
    }

    @Test
    void noStepOfAPauseIsFatal() {
        int steps = crashEverywhere(CrashTest::startOne, machines -> machines.pause(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(6);
    }

    @Test
    void noStepOfAResumeIsFatal() {
        int steps = crashEverywhere(CrashTest::pauseOne, machines -> machines.resume(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(6);
    }

    @Test
    void noStepOfTheStopOfAPausedMachineIsFatal() {
        int steps = crashEverywhere(CrashTest::pauseOne, machines -> machines.stop(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(10);
    }

    @Test
    void noStepOfADeleteIsFatal() {
        int steps = crashEverywhere(
                machines -> {
                    startOne(machines);
                    machines.stop(only(machines));
                },
                machines -> machines.delete(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(6);
    }

    @Test
    void noStepOfASnapshotIsFatal() {
        int steps = crashEverywhere(
                CrashTest::startOne,
                machines -> machines.snapshots().create(only(machines), new Snapshots.Request("s", true, Map.of())));
        assertThat(steps).isGreaterThanOrEqualTo(14);
    }

    @Test
    void noStepOfAStartFromASnapshotIsFatal() {
        int steps = crashEverywhere(
                CrashTest::saveOne,
                machines -> machines.start(machines.find("copy").id()));
        assertThat(steps).isGreaterThanOrEqualTo(12);
    }

    @Test
    void noStepOfTheDeletionOfASnapshotIsFatal() {
        int steps = crashEverywhere(
                machines -> {
                    saveOne(machines);
                    machines.delete(machines.find("copy").id());
                },
                machines -> machines.snapshots().delete("s", _ -> true));
        assertThat(steps).isGreaterThanOrEqualTo(4);
    }

    @Test
    void noStepOfARollbackIsFatal() {
        int steps = crashEverywhere(
                machines -> {
                    startOne(machines);
                    machines.snapshots().create(only(machines), new Snapshots.Request("s", true, Map.of()));
                },
                machines -> machines.snapshots().rollback(only(machines), "s", _ -> true));
        assertThat(steps).isGreaterThanOrEqualTo(16);
    }

    @Test
    void noStepOfASuspensionIsFatal() {
        int steps = crashEverywhere(CrashTest::startOne, machines -> machines.suspend(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(12);
    }

    @Test
    void noStepOfTheSuspensionOfAPausedMachineIsFatal() {
        int steps = crashEverywhere(CrashTest::pauseOne, machines -> machines.suspend(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(10);
    }

    @Test
    void noStepOfTheStartOfASuspendedMachineIsFatalOrLosesItsMemory() {
        for (int step = 1; step < MORE_STEPS_THAN_ANY_COMMAND_HAS; step++) {
            FakeHost host = new FakeHost();
            suspendOne(FakeServer.on(host).machines);
            boolean crashed = crash(host, step, machines -> machines.resume(only(machines)));
            boolean awake = host.running.values().stream().anyMatch(vmm -> vmm.awoken);
            assertThat(awake || !host.memories.isEmpty()).as("step " + step).isTrue();
            if (!crashed) {
                assertThat(step).isGreaterThan(10);
                return;
            }
            assertAllIsWell(host, "step " + step);
        }
        throw new AssertionError("the start never ends");
    }

    @Test
    void noStepOfTheStopOfASuspendedMachineIsFatal() {
        int steps = crashEverywhere(CrashTest::suspendOne, machines -> machines.stop(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(4);
    }

    @Test
    void noStepOfABootOfASuspendedMachineIsFatal() {
        int steps = crashEverywhere(CrashTest::suspendOne, machines -> machines.boot(only(machines)));
        assertThat(steps).isGreaterThanOrEqualTo(12);
    }

    @Test
    void noStepOfTheRollbackOfASuspendedMachineIsFatal() {
        int steps = crashEverywhere(
                machines -> {
                    saveOne(machines);
                    machines.suspend(machines.find("one").id());
                },
                machines -> machines.snapshots().rollback(machines.find("one").id(), "s", _ -> true));
        assertThat(steps).isGreaterThanOrEqualTo(14);
    }

    private static void suspendOne(Machines machines) {
        startOne(machines);
        machines.suspend(only(machines));
    }

    /** A running machine, a snapshot of it, and a machine that starts from that. */
    private static void saveOne(Machines machines) {
        startOne(machines);
        machines.snapshots().create(only(machines), new Snapshots.Request("s", true, Map.of()));
        machines.snapshots().createMachine("s", _ -> true, _ -> Specs.named("copy"));
    }

    @Test
    void noStepOfTheRecoveryIsFatal() {
        // The first server leaves a start half done, and the second dies during its recovery.
        for (int first = 1; first < MORE_STEPS_THAN_ANY_COMMAND_HAS; first++) {
            for (int second = 1; second < MORE_STEPS_THAN_ANY_COMMAND_HAS; second++) {
                FakeHost host = new FakeHost();
                FakeServer.on(host).machines.create(Specs.named("one"));
                boolean startCrashed = crash(host, first, machines -> machines.start(only(machines)));
                boolean recoveryCrashed = crash(host, second, machines -> {});
                assertAllIsWell(host, "start %d, recovery %d".formatted(first, second));
                if (!recoveryCrashed) {
                    break;
                }
                if (!startCrashed) {
                    return;
                }
            }
        }
    }

    private static void startOne(Machines machines) {
        machines.start(machines.create(Specs.named("one")).id());
    }

    private static void pauseOne(Machines machines) {
        startOne(machines);
        machines.pause(only(machines));
    }

    private static MachineId only(Machines machines) {
        return machines.list(Set.of(), 1, 0).machines().getFirst().id();
    }

    /** Crashes at each step of the command, on a fresh host each time; returns the number of steps. */
    private static int crashEverywhere(Consumer<Machines> before, Consumer<Machines> command) {
        for (int step = 1; step < MORE_STEPS_THAN_ANY_COMMAND_HAS; step++) {
            FakeHost host = new FakeHost();
            before.accept(FakeServer.on(host).machines);
            if (!crash(host, step, command)) {
                return step - 1;
            }
            assertAllIsWell(host, "step " + step);
        }
        throw new AssertionError("the command never ends");
    }

    @Test
    void noStepOfAForkIsFatal() {
        for (int step = 1; step < MORE_STEPS_THAN_ANY_COMMAND_HAS; step++) {
            FakeHost host = new FakeHost();
            startOne(FakeServer.on(host).machines);
            boolean crashed = crashServer(
                    host,
                    step,
                    server -> server.forks.fork(
                            only(server.machines), List.of("a", "b"), (_, name) -> Specs.named(name)));
            if (!crashed) {
                assertThat(step).isGreaterThan(30);
                return;
            }
            assertAllIsWell(host, "step " + step);
        }
        throw new AssertionError("the fork never ends");
    }

    private static boolean crash(FakeHost host, int step, Consumer<Machines> command) {
        return crashServer(host, step, server -> command.accept(server.machines));
    }

    /** Runs a server that crashes at this step after its own recovery; returns whether it did. */
    private static boolean crashServer(FakeHost host, int step, Consumer<FakeServer> command) {
        FakeServer probe = FakeServer.on(copyOf(host));
        probe.recover();
        int recoverySteps = probe.steps();
        FakeServer server = FakeServer.crashingAt(recoverySteps + step, host, Runnable::run);
        try {
            server.recover();
            command.accept(server);
        } catch (SimulatedCrash | RuntimeException ended) {
            assertThat(server.crashed())
                    .as("only the crash ends a command here")
                    .isTrue();
        }
        return server.crashed();
    }

    private static FakeHost copyOf(FakeHost host) {
        FakeHost copy = new FakeHost();
        copy.stored.putAll(host.stored);
        copy.storedSnapshots.putAll(host.storedSnapshots);
        copy.snapshots.addAll(host.snapshots);
        copy.unfinishedSnapshots.addAll(host.unfinishedSnapshots);
        copy.memories.addAll(host.memories);
        copy.disks.addAll(host.disks);
        copy.runtimes.addAll(host.runtimes);
        copy.exits.putAll(host.exits);
        host.running.forEach((id, vmm) -> {
            FakeHost.FakeVmm same = copy.new FakeVmm(id, vmm.identity, vmm.guest);
            same.paused = vmm.paused;
            same.frozen = vmm.frozen;
            same.awoken = vmm.awoken;
            copy.running.put(id, same);
        });
        return copy;
    }

    private static void assertAllIsWell(FakeHost host, String when) {
        FakeServer next = FakeServer.on(host);
        next.recover();
        for (Machine machine : next.machines.list(Set.of(), 100, 0).machines()) {
            assertThat(machine.status()).as(when).isIn(PERSISTENT);
            assertThat(host.stored).as(when).containsEntry(machine.id(), machine);
            boolean hasVmm = machine.status().hasVmm();
            assertThat(host.running.containsKey(machine.id())).as(when).isEqualTo(hasVmm);
            assertThat(host.runtimes.contains(machine.id())).as(when).isEqualTo(hasVmm);
            if (machine.status() != FAILED) { // it may not have been able to continue
                assertThat(host.memories.contains(machine.id())).as(when).isEqualTo(machine.status() == SUSPENDED);
            }
            host.vmm(machine.id()).ifPresent(vmm -> {
                assertThat(vmm.paused).as(when).isEqualTo(machine.status() == PAUSED);
                assertThat(vmm.frozen).as(when).isFalse();
                assertThat(vmm.renamed.isPresent()).as(when).isEqualTo(vmm.loaded.isPresent());
            });
        }
        assertThat(host.snapshots).as(when).isEqualTo(host.storedSnapshots.keySet());
        assertThat(host.unfinishedSnapshots).as(when).isEmpty();
        assertThat(host.stored.keySet()).as(when).containsAll(host.withTraces());
        assertMachinesCanBeUsed(next, when);
    }

    private static void assertMachinesCanBeUsed(FakeServer server, String when) {
        for (Machine machine : server.machines.list(Set.of(), 100, 0).machines()) {
            MachineId id = machine.id();
            if (!machine.status().hasVmm()) {
                assertThat(server.machines.start(id).status()).as(when).isEqualTo(RUNNING);
            }
            assertThat(server.machines.stop(id).status()).as(when).isEqualTo(STOPPED);
            server.machines.delete(id);
        }
        assertThat(server.machines.snapshots().list(Snapshot::temporary, 1, 0).snapshots())
                .as(when)
                .isEmpty();
        for (Snapshot snapshot :
                server.machines.snapshots().list(_ -> true, 100, 0).snapshots()) {
            server.machines.snapshots().delete(snapshot.name(), _ -> true);
        }
        assertThat(server.host.snapshots).as(when).isEmpty();
        assertThat(server.host.withTraces()).as(when).isEmpty();
        assertThat(server.host.stored).as(when).isEmpty();
    }
}
