package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SnapshotsTest {
    private final FakeHost host = new FakeHost();
    private final FakeServer server = FakeServer.on(host);
    private final Machines machines = server.machines;
    private final Snapshots snapshots = machines.snapshots();
    private final MachineId source = machines.create(Specs.named("source")).id();

    private Snapshot save(String name, boolean memory) {
        return snapshots.create(source, new Snapshots.Request(name, memory, Map.of("env", "test")));
    }

    private Machine copy(String name) {
        return snapshots.createMachine("s", _ -> true, _ -> Specs.named(name));
    }

    private static void assertRefused(ErrorCode code, Runnable operation) {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(operation::run)
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    @Test
    void aRunningMachineContinuesAfterItWasSaved() {
        machines.start(source);
        Snapshot saved = save("s", true);
        assertThat(saved.hasMemory()).isTrue();
        assertThat(saved.labels()).containsEntry("env", "test");
        assertThat(machines.get(source).status()).isEqualTo(MachineStatus.RUNNING);
        FakeHost.FakeVmm vmm = host.lastStarted(source);
        assertThat(vmm.paused).isFalse();
        assertThat(vmm.frozen).isFalse();
        assertThat(vmm.clockIsLate).isFalse();
        assertThat(host.snapshots).containsExactly(saved.id());
    }

    @Test
    void aPausedMachineStaysPaused() {
        machines.start(source);
        machines.pause(source);
        save("s", true);
        assertThat(machines.get(source).status()).isEqualTo(MachineStatus.PAUSED);
        assertThat(host.lastStarted(source).paused).isTrue();
    }

    @Test
    void aStoppedMachineHasADiskAlone() {
        machines.start(source);
        machines.stop(source);
        assertRefused(ErrorCode.BAD_REQUEST, () -> save("s", true));
        assertThat(save("s", false).hasMemory()).isFalse();
    }

    @Test
    void whatHasNothingToSaveIsRefused() {
        assertRefused(ErrorCode.BAD_REQUEST, () -> save("s", false));
        assertThat(host.snapshots).isEmpty();
    }

    @Test
    void aMachineWithoutAgentIsNotSavedWhileItRuns() {
        MachineId bare = machines.create(Specs.withoutAgent("bare")).id();
        machines.start(bare);
        assertRefused(ErrorCode.BAD_REQUEST, () -> snapshots.create(bare, new Snapshots.Request("s", true, Map.of())));
        assertThat(host.lastStarted(bare).paused).isFalse();
    }

    @Test
    void aVmmThatCannotSaveMemoryIsNotAsked() {
        host.snapshotObstacle = Optional.of("it is too old");
        machines.start(source);
        assertRefused(ErrorCode.UNSUPPORTED, () -> save("s", true));
        assertThat(save("s", false).hasMemory()).isFalse();
    }

    @Test
    void namesAreUniqueAndFreeAgainAfterADeletionOrAFailure() {
        machines.start(source);
        save("s", true);
        assertRefused(ErrorCode.CONFLICT, () -> save("s", true));
        snapshots.delete("s", _ -> true);
        host.snapshotObstacle = Optional.of("it is too old");
        assertRefused(ErrorCode.UNSUPPORTED, () -> save("s", true));
        assertThat(save("s", false).name()).isEqualTo("s");
    }

    @Test
    void aSnapshotThatCannotBeStoredLeavesNothingAndTheMachineContinues() {
        machines.start(source);
        server.storeFailure = Optional.of(new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full"));
        assertRefused(ErrorCode.INSUFFICIENT_STORAGE, () -> save("s", true));
        assertThat(host.lastStarted(source).frozen).isFalse();
        assertThat(host.lastStarted(source).paused).isFalse();
        assertThat(host.snapshots).as("the next server may find it stored").hasSize(1);
        assertRefused(ErrorCode.CONFLICT, () -> save("s", true));
        server.storeFailure = Optional.empty();
        server.alarms.removeLast().run();
        assertThat(host.snapshots).isEmpty();
        assertThat(host.unfinishedSnapshots).isEmpty();
        assertThat(save("s", true).name()).isEqualTo("s");
    }

    @Test
    void aMachineStartsFromASnapshotOnceAndBootsLater() {
        machines.start(source);
        Snapshot saved = save("s", true);
        MachineId copy = copy("copy").id();
        assertThat(machines.get(copy).startsFrom()).contains(saved.id());
        assertThat(machines.start(copy).startsFrom()).isEmpty();
        assertThat(host.lastStarted(copy).loaded).contains(saved.id());
        assertThat(host.lastStarted(copy).renamed).contains("copy");
        machines.stop(copy);
        machines.start(copy);
        assertThat(host.lastStarted(copy).loaded).isEmpty();
    }

    @Test
    void aMachineIsPutBackToASnapshotAtOnceAndStaysItself() {
        machines.start(source);
        Snapshot saved = save("s", true);
        FakeHost.FakeVmm before = host.lastStarted(source);
        Machine back = snapshots.rollback(source, "s", _ -> true);
        assertThat(back.status()).isEqualTo(MachineStatus.RUNNING);
        assertThat(back.startsFrom()).isEmpty();
        assertThat(before.watch()).isCompletedWithValue(FakeHost.KILLED);
        assertThat(host.lastStarted(source).loaded).contains(saved.id());
        assertThat(host.lastStarted(source).renamed).contains("source");
        snapshots.delete("s", _ -> true);
    }

    @Test
    void aMachineThatDoesNotRunIsPutBackToASnapshotAndStarted() {
        machines.start(source);
        Snapshot saved = save("s", true);
        machines.stop(source);
        assertThat(snapshots.rollback(source, "s", _ -> true).status()).isEqualTo(MachineStatus.RUNNING);
        assertThat(host.lastStarted(source).loaded).contains(saved.id());
    }

    @Test
    void aFailedRollbackIsTriedAgainByTheNextStart() {
        machines.start(source);
        Snapshot saved = save("s", true);
        server.launchFailure = Optional.of(new HyperfleetException(ErrorCode.MACHINE_FAILED, "no room"));
        assertRefused(ErrorCode.MACHINE_FAILED, () -> snapshots.rollback(source, "s", _ -> true));
        assertThat(machines.get(source).status()).isEqualTo(MachineStatus.FAILED);
        assertRefused(ErrorCode.CONFLICT, () -> snapshots.delete("s", _ -> true));
        server.launchFailure = Optional.empty();
        machines.start(source);
        assertThat(host.lastStarted(source).loaded).contains(saved.id());
    }

    @Test
    void aSnapshotOfAnotherKindOfMachineIsRefusedAndChangesNothing() {
        machines.start(source);
        save("s", true);
        MachineId other = machines.create(Specs.withoutAgent("other")).id();
        assertRefused(ErrorCode.BAD_REQUEST, () -> snapshots.rollback(other, "s", _ -> true));
        assertRefused(ErrorCode.NOT_FOUND, () -> snapshots.rollback(source, "none", _ -> true));
        assertThat(machines.get(other).startsFrom()).isEmpty();
        assertThat(machines.get(source).status()).isEqualTo(MachineStatus.RUNNING);
    }

    @Test
    void aMachineWhoseMemoryCannotBeSavedIsAsItWas() {
        machines.start(source);
        server.saveFailure = Optional.of(new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full"));
        assertRefused(ErrorCode.INSUFFICIENT_STORAGE, () -> machines.suspend(source));
        assertThat(machines.get(source).status()).isEqualTo(MachineStatus.RUNNING);
        assertThat(host.lastStarted(source).paused).isFalse();
        assertThat(host.lastStarted(source).frozen).isFalse();
        machines.pause(source);
        assertRefused(ErrorCode.INSUFFICIENT_STORAGE, () -> machines.suspend(source));
        assertThat(machines.get(source).status()).isEqualTo(MachineStatus.PAUSED);
        assertThat(host.lastStarted(source).paused).isTrue();
        assertThat(host.memories).isEmpty();
    }

    @Test
    void aFailedStartFromASnapshotCanBeTriedAgain() {
        machines.start(source);
        Snapshot saved = save("s", true);
        MachineId copy = copy("copy").id();
        server.launchFailure = Optional.of(new HyperfleetException(ErrorCode.MACHINE_FAILED, "no room"));
        assertRefused(ErrorCode.MACHINE_FAILED, () -> machines.start(copy));
        server.launchFailure = Optional.empty();
        machines.start(copy);
        assertThat(host.lastStarted(copy).loaded).contains(saved.id());
    }

    @Test
    void aSnapshotIsKeptForMachinesThatHaveNotStartedFromIt() {
        machines.start(source);
        save("s", true);
        MachineId copy = copy("copy").id();
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> snapshots.delete("s", _ -> true))
                .withMessageContaining("copy has not started from it yet")
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.CONFLICT));
        machines.start(copy);
        snapshots.delete("s", _ -> true);
        assertThat(host.snapshots).isEmpty();
    }

    @Test
    void aSnapshotOutlivesItsMachineAndTheServer() {
        machines.start(source);
        Snapshot saved = save("s", true);
        machines.remove(source);
        machines.close();
        FakeServer next = FakeServer.on(host);
        next.recover();
        assertThat(next.machines.snapshots().get("s", _ -> true)).isEqualTo(saved);
        assertThat(next.machines.snapshots().get(saved.id().value(), _ -> true)).isEqualTo(saved);
        MachineId copy = next.machines
                .snapshots()
                .createMachine("s", _ -> true, _ -> Specs.named("copy"))
                .id();
        assertThat(next.machines.start(copy).status()).isEqualTo(MachineStatus.RUNNING);
    }

    @Test
    void snapshotsAreListedNewestFirstInPages() {
        machines.start(source);
        save("first", true);
        save("second", false);
        SnapshotPage page = snapshots.list(_ -> true, 1, 0);
        assertThat(page.total()).isEqualTo(2);
        assertThat(page.snapshots()).extracting(Snapshot::name).containsExactly("second");
        assertThat(snapshots.list(Snapshot::hasMemory, 10, 0).snapshots())
                .extracting(Snapshot::name)
                .containsExactly("first");
    }
}
