package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.machine.Start;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WarmPoolTest {
    private static final WarmStarts.Share TWO = new WarmStarts.Share(Specs.warm("waiting", 1), 2);

    private final FakeHost host = new FakeHost();
    private final FakeServer server = FakeServer.withPools(host, TWO);
    private final Machines machines = server.machines;

    private Set<MachineId> fill() {
        server.recover();
        return new HashSet<>(host.running.keySet());
    }

    private static Start.From from(Machine machine) {
        return machine.instance().map(Instance::start).orElseThrow().from();
    }

    private void runAlarms() {
        List<Runnable> due = List.copyOf(server.alarms);
        server.alarms.clear();
        due.forEach(Runnable::run);
    }

    @Test
    void guestsWaitHaltedForMachinesOfTheirSize() {
        Set<MachineId> waiting = fill();
        assertThat(waiting).hasSize(2);
        assertThat(host.running.values()).allSatisfy(vmm -> {
            assertThat(vmm.paused).isTrue();
            assertThat(vmm.frozen).as("nothing of a user's runs in it").isTrue();
        });
        assertThat(machines.all()).isEmpty();
        assertThat(machines.waiting()).isEqualTo(2);
    }

    @Test
    void aMachineStartsWithTheGuestThatWaitsForIt() {
        Set<MachineId> waiting = fill();
        Machine created = machines.create(Specs.warm("first", 1));
        assertThat(waiting).contains(created.id());
        assertThat(created.status()).isEqualTo(MachineStatus.PENDING);
        FakeHost.FakeVmm guest = host.vmm(created.id()).orElseThrow();

        Machine started = machines.start(created.id());
        assertThat(from(started)).isEqualTo(Start.From.POOL);
        assertThat(host.running).containsEntry(created.id(), guest);
        assertThat(guest.paused).isFalse();
        assertThat(guest.frozen).isFalse();
        assertThat(guest.renamed).hasValue("first");
        assertThat(machines.waiting()).as("another one waits instead").isEqualTo(2);
        assertThat(host.running).hasSize(3);
        runAlarms();
        assertThat(machines.get(created.id()).status()).isEqualTo(MachineStatus.RUNNING);
        machines.remove(created.id());
        assertThat(host.running).hasSize(2);
    }

    @Test
    void aMachineOfAnotherKindBootsAsUsual() {
        fill();
        for (MachineSpec other :
                List.of(Specs.warm("larger", 2), Specs.cold("cold"), Specs.named("of-another-image"))) {
            assertThat(from(machines.start(machines.create(other).id())))
                    .as(other.name())
                    .isNotEqualTo(Start.From.POOL);
        }
        assertThat(machines.waiting()).isEqualTo(2);
    }

    @Test
    void aNameThatIsTakenCostsNoGuest() {
        fill();
        machines.create(Specs.cold("taken"));
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> machines.create(Specs.warm("taken", 1)))
                .matches(refused -> refused.code() == ErrorCode.CONFLICT);
        assertThat(machines.waiting()).isEqualTo(2);
        assertThat(host.running).hasSize(2);
    }

    @Test
    void guestsThatWaitGiveUpTheirPlacesWhenAllAreTaken() {
        fill();
        MachineId source =
                machines.start(machines.create(Specs.named("source")).id()).id();
        machines.snapshots().create(source, new Snapshots.Request("s", true, Map.of()));
        for (int number = 3; number < FakeServer.CAPACITY; number++) {
            machines.create(Specs.cold("m" + number));
        }
        assertThat(machines.waiting()).isEqualTo(2);
        machines.create(Specs.cold("one-more"));
        assertThat(machines.waiting()).isEqualTo(1);
        machines.snapshots().createMachine("s", _ -> true, _ -> Specs.named("the-last"));
        assertThat(machines.waiting()).isZero();
        assertThat(host.running).containsOnlyKeys(source);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> machines.create(Specs.cold("too-many")))
                .matches(refused -> refused.code() == ErrorCode.UNAVAILABLE);
    }

    @Test
    void aMachineThatIsNotStartedKeepsItsGuestForAMinute() {
        fill();
        MachineId id = machines.create(Specs.warm("late", 1)).id();
        assertThat(host.running).containsKey(id);
        runAlarms();
        assertThat(host.running).doesNotContainKey(id);
        assertThat(host.disks).doesNotContain(id);
        assertThat(from(machines.start(id))).isEqualTo(Start.From.BOOT_SNAPSHOT);
        assertThat(machines.waiting()).isEqualTo(2);
    }

    @Test
    void aMachineThatIsDeletedOrBootedLeavesNothingOfItsGuest() {
        fill();
        MachineId deleted = machines.create(Specs.warm("deleted", 1)).id();
        machines.delete(deleted);
        assertThat(host.running).doesNotContainKey(deleted);
        assertThat(host.disks).doesNotContain(deleted);

        MachineId booted = machines.create(Specs.warm("booted", 1)).id();
        FakeHost.FakeVmm guest = host.vmm(booted).orElseThrow();
        assertThat(from(machines.boot(booted))).isEqualTo(Start.From.BOOT);
        assertThat(host.running.get(booted)).isNotEqualTo(guest);
    }

    @Test
    void aGuestThatEndsWhileItWaitsIsReplaced() {
        Set<MachineId> waiting = fill();
        MachineId one = waiting.iterator().next();
        host.vmm(one).orElseThrow().powerOff();
        assertThat(machines.waiting()).isEqualTo(1);
        assertThat(host.disks).doesNotContain(one);
        runAlarms();
        assertThat(machines.waiting()).isEqualTo(2);

        MachineId id = machines.create(Specs.warm("unlucky", 1)).id();
        host.vmm(id).orElseThrow().powerOff();
        Machine started = machines.start(id);
        assertThat(started.status()).isEqualTo(MachineStatus.RUNNING);
        assertThat(from(started)).isNotEqualTo(Start.From.POOL);
    }

    @Test
    void aServerThatStopsEndsThem() {
        fill();
        MachineId reserved = machines.create(Specs.warm("reserved", 1)).id();
        machines.close();
        assertThat(host.running).isEmpty();
        assertThat(host.disks).isEmpty();
        FakeServer next = FakeServer.on(host);
        next.recover();
        assertThat(next.machines.start(reserved).status()).isEqualTo(MachineStatus.RUNNING);
    }

    @Test
    void aFullDiskOrAFailureIsTriedAgain() {
        server.launchFailure = Optional.of(new HyperfleetException(ErrorCode.MACHINE_FAILED, "no VMM"));
        assertThat(fill()).isEmpty();
        assertThat(host.disks).isEmpty();
        server.launchFailure = Optional.empty();
        host.diskIsLow = true;
        runAlarms();
        assertThat(machines.waiting()).isZero();
        host.diskIsLow = false;
        runAlarms();
        assertThat(machines.waiting()).isEqualTo(2);
    }

    @Test
    void attemptsDoNotMultiply() {
        WarmStarts.Share larger = new WarmStarts.Share(Specs.warm("waiting", 2), 1);
        FakeServer both = FakeServer.withPools(host, TWO, larger);
        host.diskIsLow = true;
        both.recover();
        for (int round = 0; round < 5; round++) {
            assertThat(both.alarms).hasSize(1);
            List<Runnable> due = List.copyOf(both.alarms);
            both.alarms.clear();
            due.forEach(Runnable::run);
        }
        host.diskIsLow = false;
        List.copyOf(both.alarms).forEach(Runnable::run);
        assertThat(both.machines.waiting()).isEqualTo(3);
    }

    @Test
    void theBootSnapshotOfGuestsThatWaitIsNotRemoved() {
        fill();
        host.roomForSnapshots = 0; // then the disk is low, and boot snapshots go
        assertThatExceptionOfType(HyperfleetException.class).isThrownBy(() -> machines.create(Specs.warm("first", 1)));
        host.roomForSnapshots = Integer.MAX_VALUE;
        assertThat(from(machines.start(machines.create(Specs.warm("second", 1)).id())))
                .isEqualTo(Start.From.POOL);
    }

    @Test
    void aServerThatIsKilledBeforeABootLeavesNoGuestThatHadWaited() {
        endEverywhere(server -> server.machines.boot(
                server.machines.create(Specs.warm("mine", 1)).id()));
    }

    @Test
    void theEndOfTheServerAtAnyStepOfAStartCostsNothing() {
        endEverywhere(server -> server.machines.start(
                server.machines.create(Specs.warm("mine", 1)).id()));
    }

    /** Whatever the server does when it is killed, the next one has the machine, and nothing else is left. */
    private static void endEverywhere(Consumer<FakeServer> command) {
        int step = 1;
        boolean crashed = true;
        while (crashed) {
            FakeHost killed = new FakeHost();
            FakeServer first = FakeServer.crashingAt(step, killed, TWO);
            try {
                first.recover();
                command.accept(first);
            } catch (SimulatedCrash | RuntimeException ended) {
                assertThat(first.crashed()).as("only the crash ends it").isTrue();
            }
            crashed = first.crashed();
            FakeServer next = FakeServer.on(killed);
            next.recover();
            for (Machine machine : next.machines.all()) {
                Machine settled = next.machines.settled(machine.id());
                Machine running =
                        settled.status() == MachineStatus.RUNNING ? settled : next.machines.start(machine.id());
                assertThat(running.status()).as("step %d", step).isEqualTo(MachineStatus.RUNNING);
                assertThat(killed.vmm(machine.id()).orElseThrow().renamed.orElse("mine"))
                        .as("step %d", step)
                        .isEqualTo("mine");
            }
            assertThat(killed.running).as("step %d", step).hasSameSizeAs(next.machines.all());
            assertThat(killed.disks).as("step %d", step).hasSameSizeAs(next.machines.all());
            step++;
        }
        assertThat(step).isGreaterThan(20);
    }
}
