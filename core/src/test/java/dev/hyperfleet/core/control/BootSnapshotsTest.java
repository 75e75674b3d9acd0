package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.machine.Start;
import dev.hyperfleet.core.snapshot.BootKey;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BootSnapshotsTest {
    private final FakeHost host = new FakeHost();
    private final FakeServer server = FakeServer.on(host);
    private final Machines machines = server.machines;

    private Machine start(MachineSpec spec) {
        return machines.start(machines.create(spec).id());
    }

    private static Start.From from(Machine machine) {
        return startOf(machine).from();
    }

    private static Start startOf(Machine machine) {
        return machine.instance().map(Instance::start).orElseThrow();
    }

    @Test
    void theFirstMachineOfASizeBootsAndTheNextOnesContinueFromThere() {
        assertThat(from(start(Specs.warm("first", 1)))).isEqualTo(Start.From.BOOT);
        Machine second = start(Specs.warm("second", 1));
        assertThat(from(second)).isEqualTo(Start.From.BOOT_SNAPSHOT);
        assertThat(second.startsFrom()).isEmpty();
        assertThat(host.vmm(second.id()).orElseThrow().renamed).hasValue("second");
        assertThat(from(start(Specs.warm("larger", 2)))).isEqualTo(Start.From.BOOT);
    }

    @Test
    void aMachineThatIsNotToBeWarmBootsAndIsNotSaved() {
        start(Specs.cold("first"));
        assertThat(host.storedSnapshots).isEmpty();
        start(Specs.warm("second", 1));
        assertThat(host.storedSnapshots).hasSize(1);
        assertThat(from(start(Specs.cold("third")))).isEqualTo(Start.From.BOOT);
    }

    @Test
    void machinesOfDifferentKeysShareNone() {
        Machine mine = machines.create(Specs.warm("mine", 1));
        Machine theirs = owned(mine, "k7h2m9q4");
        assertThat(BootKey.of(theirs, "fake 1")).isPresent().isNotEqualTo(BootKey.of(mine, "fake 1"));
        assertThat(BootKey.of(theirs, "fake 1")).isEqualTo(BootKey.of(owned(mine, "k7h2m9q4"), "fake 1"));
    }

    private static Machine owned(Machine machine, String key) {
        Owner owner = new Owner("ci", Optional.of(key));
        return Machine.create(machine.id(), 1, 0, machine.spec(), Optional.of(owner), machine.createdAt());
    }

    @Test
    void onlyAFirstStartContinuesFromIt() {
        Machine first = start(Specs.warm("first", 1));
        machines.stop(first.id());
        assertThat(from(machines.start(first.id()))).isEqualTo(Start.From.BOOT);
    }

    @Test
    void aMachineThatCannotContinueBootsAndSaysWhy() {
        start(Specs.warm("first", 1));
        Snapshot unusable = host.storedSnapshots.values().iterator().next();
        host.snapshots.remove(unusable.id());
        Start second = startOf(start(Specs.warm("second", 1)));
        assertThat(second.from()).isEqualTo(Start.From.BOOT);
        assertThat(second.obstacle()).hasValueSatisfying(why -> assertThat(why).contains("there is no snapshot"));
        assertThat(host.storedSnapshots).doesNotContainKey(unusable.id());
    }

    @Test
    void aGuestThatNeitherContinuesNorBootsFailsItsStart() {
        start(Specs.warm("first", 1));
        host.behaviour = GuestBehaviour.NEVER_READY;
        Machine second = machines.create(Specs.warm("second", 1));
        assertThatExceptionOfType(HyperfleetException.class).isThrownBy(() -> machines.start(second.id()));
        assertThat(machines.get(second.id()).status()).isEqualTo(MachineStatus.FAILED);
        assertThat(machines.get(second.id()).startsFrom()).isEmpty();
    }

    @Test
    void theOneThatWasNotUsedForLongestGivesWay() {
        start(Specs.warm("one", 1));
        start(Specs.warm("two", 2));
        assertThat(from(start(Specs.warm("one-again", 1)))).isEqualTo(Start.From.BOOT_SNAPSHOT);
        start(Specs.warm("three", 3));
        assertThat(host.storedSnapshots).hasSize(2);
        assertThat(from(start(Specs.warm("one-more", 1)))).isEqualTo(Start.From.BOOT_SNAPSHOT);
        assertThat(from(start(Specs.warm("two-again", 2)))).isEqualTo(Start.From.BOOT);
    }

    @Test
    void aHostThatCannotSaveMemoryBootsAllMachines() {
        host.snapshotObstacle = Optional.of("it cannot");
        start(Specs.warm("first", 1));
        assertThat(host.storedSnapshots).isEmpty();
        assertThat(from(start(Specs.warm("second", 1)))).isEqualTo(Start.From.BOOT);
    }

    @Test
    void noneIsMadeWhereMachinesNeedTheSpace() {
        host.spareBytes = 200L << 20;
        start(Specs.warm("first", 1));
        assertThat(host.storedSnapshots).isEmpty();
        host.spareBytes = 300L << 20;
        start(Specs.warm("second", 1));
        assertThat(host.storedSnapshots).hasSize(1);
    }

    @Test
    void whereMachinesNeedTheSpaceLaterTheLongestUnusedGiveWay() {
        start(Specs.warm("one", 1));
        start(Specs.warm("two", 2));
        assertThat(from(start(Specs.warm("one-again", 1)))).isEqualTo(Start.From.BOOT_SNAPSHOT);
        host.roomForSnapshots = 1;
        assertThat(from(start(Specs.warm("one-more", 1)))).isEqualTo(Start.From.BOOT_SNAPSHOT);
        host.roomForSnapshots = 0;
        assertThat(from(start(Specs.cold("cold")))).isEqualTo(Start.From.BOOT);
        assertThat(host.snapshots).isEmpty();
    }

    @Test
    void aLackOfSpaceCostsTheMachineNothing() {
        Machine created = machines.create(Specs.warm("first", 1));
        HyperfleetException full = new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full");
        server.failAfterWrites(1, full);
        assertThat(machines.start(created.id()).status()).isEqualTo(MachineStatus.RUNNING);
        assertThat(host.storedSnapshots).isEmpty();
        server.storeFailure = Optional.empty();
        List.copyOf(server.alarms).forEach(Runnable::run);
        assertThat(host.snapshots).isEmpty();
    }
}
