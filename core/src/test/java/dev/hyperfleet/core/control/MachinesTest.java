package dev.hyperfleet.core.control;

import static dev.hyperfleet.core.machine.MachineStatus.FAILED;
import static dev.hyperfleet.core.machine.MachineStatus.PENDING;
import static dev.hyperfleet.core.machine.MachineStatus.RUNNING;
import static dev.hyperfleet.core.machine.MachineStatus.STOPPED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Sleep.Autostop;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.machine.VmmExit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class MachinesTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final FakeHost host = new FakeHost();
    private final FakeServer server = FakeServer.on(host);
    private final Machines machines = server.machines;

    @Test
    void aMachineGoesThroughItsWholeLifeAndLeavesNothing() {
        MachineId id = machines.create(Specs.named("one")).id();
        assertThat(machines.get(id).status()).isEqualTo(PENDING);
        assertThat(host.traces(id)).isEmpty();

        Machine running = machines.start(id);
        assertThat(running.status()).isEqualTo(RUNNING);
        assertThat(running.instance()).isPresent();

        Machine stopped = machines.stop(id);
        assertThat(stopped.status()).isEqualTo(STOPPED);
        assertThat(stopped.instance()).isEmpty();
        assertThat(host.traces(id)).containsExactly("disk");

        machines.delete(id);
        assertThat(host.traces(id)).isEmpty();
        refused(ErrorCode.NOT_FOUND, "Machine with id '%s' not found".formatted(id), () -> machines.get(id));
    }

    @Test
    void aRestartKeepsTheMachineAndItsDiskAndRunsAnotherVmm() {
        MachineId id = started("one");
        Machine before = machines.get(id);
        Machine after = machines.restart(id);
        assertThat(after.spec()).isEqualTo(before.spec());
        assertThat(after.status()).isEqualTo(RUNNING);
        assertThat(after.instance().map(Instance::process))
                .isNotEqualTo(before.instance().map(Instance::process));
    }

    @Test
    void whereMachinesCannotBePausedNoneIsMadeOrTurnedIntoOneThatIsToBe() {
        MachineId before =
                machines.create(Specs.sleeping("before", Autostop.PAUSE)).id();
        MachineId other = machines.create(Specs.named("other")).id();
        host.pauseObstacle = Optional.of("it is too old, and 2.0 is needed");
        String refusal = "autostop cannot be 'pause' on this host: it is too old, and 2.0 is needed.";
        refused(ErrorCode.UNSUPPORTED, refusal, () -> machines.create(Specs.sleeping("new", Autostop.PAUSE)));
        refused(
                ErrorCode.UNSUPPORTED,
                refusal,
                () -> machines.configure(other, _ -> Specs.sleeping("other", Autostop.PAUSE)));
        assertThat(machines.get(other).spec()).isEqualTo(Specs.named("other"));
        assertThat(machines.list(Set.of(), 10, 0).total()).isEqualTo(2);
        machines.create(Specs.sleeping("stops", Autostop.STOP));
        machines.configure(before, spec -> Specs.sleeping("renamed", Autostop.PAUSE));
        assertThat(machines.get(before).spec().name()).isEqualTo("renamed");
    }

    @Test
    void aNameIsTakenUntilItsMachineIsDeleted() {
        MachineId id = machines.create(Specs.named("one")).id();
        refused(ErrorCode.CONFLICT, "A machine named 'one' already exists", () -> machines.create(Specs.named("one")));
        machines.delete(id);
        machines.create(Specs.named("one"));
    }

    @Test
    void aNameIsFreeAgainWhenItsMachineCouldNotBeStored() {
        server.storeFailure = Optional.of(new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full"));
        refused(ErrorCode.INSUFFICIENT_STORAGE, "full", () -> machines.create(Specs.named("one")));
        server.storeFailure = Optional.empty();
        assertThat(machines.list(Set.of(), 10, 0).total()).isZero();
        machines.create(Specs.named("one"));
    }

    @Test
    void theListIsNewestFirstAndCountsWhatTheFilterMatches() {
        MachineId oldest = machines.create(Specs.named("a")).id();
        MachineId middle = started("b");
        MachineId newest = machines.create(Specs.named("c")).id();
        assertThat(ids(machines.list(Set.of(), 10, 0))).containsExactly(newest, middle, oldest);
        MachinePage pending = machines.list(Set.of(PENDING), 1, 1);
        assertThat(ids(pending)).containsExactly(oldest);
        assertThat(pending.total()).isEqualTo(2);
        assertThat(ids(machines.list(Set.of(PENDING, RUNNING), 2, 1))).containsExactly(middle, oldest);
    }

    @Test
    void ofTwentyParallelStartsExactlyOneSucceedsAndTheOthersAreToldAtOnce() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            FakeServer parallel = FakeServer.on(host, threads);
            MachineId id = parallel.machines.create(Specs.named("one")).id();
            parallel.readiness.drainPermits();
            CountDownLatch refused = new CountDownLatch(19);
            List<Future<Machine>> starts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                starts.add(threads.submit(() -> {
                    try {
                        return parallel.machines.start(id);
                    } catch (HyperfleetException refusal) {
                        assertThat(refusal).hasMessage("Cannot start machine in 'starting' state");
                        refused.countDown();
                        throw refusal;
                    }
                }));
            }
            refused.await(); // the guest of the one that succeeds is not ready yet
            parallel.readiness.release(20);
            int succeeded = 0;
            for (Future<Machine> start : starts) {
                try {
                    assertThat(start.get().status()).isEqualTo(RUNNING);
                    succeeded++;
                } catch (ExecutionException refusal) {
                    assertThat(refusal).hasCauseInstanceOf(HyperfleetException.class);
                }
            }
            assertThat(succeeded).isOne();
        }
    }

    @Test
    void aGuestThatNeverAnswersFailsItsMachineAndLeavesNoVmm() {
        host.behaviour = GuestBehaviour.NEVER_READY;
        MachineId id = machines.create(Specs.named("one")).id();
        assertThatThrownBy(() -> machines.start(id)).hasMessageContaining("has not answered");
        Machine failed = machines.get(id);
        assertThat(failed.status()).isEqualTo(FAILED);
        assertThat(failed.errorMessage().orElseThrow()).contains("has not answered");
        assertThat(host.evidence).containsEntry(id, "looked at " + id);
        assertThat(host.traces(id)).containsExactly("disk");

        host.behaviour = GuestBehaviour.GOOD;
        assertThat(machines.start(id).status()).isEqualTo(RUNNING);
    }

    @Test
    void aKernelThatPanicsWhileStartingFailsItsMachineAndSaysSoInOneLine() {
        host.behaviour = GuestBehaviour.DIES_WHILE_STARTING;
        MachineId id = machines.create(Specs.named("one")).id();
        refused(
                ErrorCode.MACHINE_FAILED,
                "The guest's kernel panicked: no init. The machine's logs have the details.",
                () -> machines.start(id));
        assertThat(machines.get(id).status()).isEqualTo(FAILED);
    }

    @Test
    void aBootThatWasSpoiltByTheHostsLoadIsRepeated() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            FakeServer parallel = FakeServer.on(host, threads);
            MachineId id = parallel.machines.create(Specs.named("one")).id();
            parallel.readiness.drainPermits();
            host.behaviour = GuestBehaviour.BOOTS_WITHOUT_A_TIMER;
            Future<Machine> start = threads.submit(() -> parallel.machines.start(id));
            parallel.guestAsked.await();
            host.behaviour = GuestBehaviour.GOOD;
            parallel.readiness.release(20);
            assertThat(start.get().status()).isEqualTo(RUNNING);
            assertThat(host.lastStarted(id).identity)
                    .isEqualTo(start.get().instance().orElseThrow().process());
            assertThat(parallel.events).anyMatch(MachineEvent.BootRepeated.class::isInstance);
            assertThat(parallel.machines.stop(id).status()).isEqualTo(STOPPED);
        }
    }

    @Test
    void aGuestWhoseBootsAreAllSpoiltFailsItsMachineWithTheReason() {
        host.behaviour = GuestBehaviour.BOOTS_WITHOUT_A_TIMER;
        MachineId id = machines.create(Specs.named("one")).id();
        assertThatThrownBy(() -> machines.start(id)).hasMessageContaining("no timer fires");
        assertThat(machines.get(id).status()).isEqualTo(FAILED);
        assertThat(server.events.stream().filter(MachineEvent.BootRepeated.class::isInstance))
                .hasSize(2);
        assertThat(host.traces(id)).containsExactly("disk");
    }

    @Test
    void aVmmThatCannotBeStartedFailsItsMachineWithTheReason() {
        server.launchFailure = Optional.of(new HyperfleetException(ErrorCode.MACHINE_FAILED, "no such kernel"));
        MachineId id = machines.create(Specs.named("one")).id();
        refused(ErrorCode.MACHINE_FAILED, "no such kernel", () -> machines.start(id));
        assertThat(machines.get(id).errorMessage()).contains("no such kernel");
        assertThat(host.traces(id)).containsExactly("disk");
    }

    @Test
    void aGuestThatPowersItselfOffStopsItsMachineAtOnce() {
        MachineId id = started("one");
        vmm(id).end(FakeHost.POWERED_OFF);
        assertThat(machines.get(id).status()).isEqualTo(STOPPED);
        assertThat(host.traces(id)).containsExactly("disk");
    }

    @Test
    void aGuestThatRebootsIsStartedAgainWhateverItsRestartPolicy() {
        MachineId id = started("one");
        FakeHost.FakeVmm first = vmm(id);
        first.end(FakeHost.REBOOTED);
        machines.startByPolicy(id, machines.get(id).restarts().next().orElseThrow());
        assertThat(machines.get(id).status()).isEqualTo(RUNNING);
        assertThat(vmm(id)).isNotSameAs(first);
    }

    @Test
    void aVmmThatDiesFailsItsMachineAtOnceAndSaysHow() {
        MachineId id = started("one");
        vmm(id).end(new VmmExit(
                0,
                Optional.of("SIGSEGV"),
                false,
                Optional.empty(),
                Optional.empty(),
                "last words",
                "qemu: internal error"));
        Machine failed = machines.get(id);
        assertThat(failed.status()).isEqualTo(FAILED);
        assertThat(failed.errorMessage().orElseThrow())
                .isEqualTo("The VMM was killed by SIGSEGV.\nLast lines of the VMM:\nqemu: internal error\n"
                        + "Last lines of the console:\nlast words");
    }

    @Test
    void aGuestThatIgnoresItsShutdownIsKilledAfterTheTimeout() {
        host.behaviour = GuestBehaviour.IGNORES_SHUTDOWN;
        MachineId id = started("one");
        assertThat(machines.stop(id).status()).isEqualTo(STOPPED);
        assertThat(host.exits.get(id)).isEqualTo(FakeHost.KILLED);
        assertThat(host.traces(id)).containsExactly("disk");
    }

    @Test
    void aGuestWhoseAgentIsSilentIsKilledAtOnce() {
        host.behaviour = GuestBehaviour.SILENT_AT_SHUTDOWN;
        MachineId id = started("one");
        assertThat(machines.stop(id).status()).isEqualTo(STOPPED);
        assertThat(host.traces(id)).containsExactly("disk");
    }

    @Test
    void aGuestWhoseAgentIsSilentIsPoweredOffByItsButtonWhereItHasOne() {
        host.behaviour = GuestBehaviour.HAS_A_POWER_BUTTON_ALONE;
        MachineId id = started("one");
        assertThat(machines.stop(id).status()).isEqualTo(STOPPED);
        assertThat(host.exits.get(id)).isEqualTo(FakeHost.POWERED_OFF);
    }

    @Test
    void aSlotIsOneMachinesAloneAndIsFreeWhenNothingIsLeftOfIt() {
        MachineId first = machines.create(Specs.named("first")).id();
        MachineId second = machines.create(Specs.named("second")).id();
        assertThat(machines.get(first).slot()).isZero();
        assertThat(machines.get(second).slot()).isEqualTo(1);
        machines.delete(first);
        assertThat(machines.create(Specs.named("third")).slot()).isZero();
        assertThat(machines.create(Specs.named("fourth")).slot()).isEqualTo(2);
    }

    @Test
    void whenAllSlotsAreTakenNoMachineIsMadeUntilOneIsDeleted() {
        Machine last = machines.create(Specs.named("machine"));
        for (int number = 1; number < FakeServer.CAPACITY; number++) {
            last = machines.create(Specs.named("machine-" + number));
        }
        refused(
                ErrorCode.UNAVAILABLE,
                "This host has room for 40 machines, and all of them exist. Delete one, or set "
                        + "HYPERFLEET_NETWORK_POOL to a larger block.",
                () -> machines.create(Specs.named("one-too-many")));
        machines.delete(last.id());
        assertThat(machines.create(Specs.named("one-too-many")).slot()).isEqualTo(last.slot());
    }

    @Test
    void slotsAreTheSameAfterARestartOfTheServer() {
        machines.create(Specs.named("first"));
        MachineId second = machines.create(Specs.named("second")).id();
        FakeServer next = FakeServer.on(host);
        next.recover();
        assertThat(next.machines.get(second).slot()).isEqualTo(1);
        assertThat(next.machines.create(Specs.named("third")).slot()).isEqualTo(2);
    }

    @Test
    void whatCannotBeStoredDoesNotHappen() {
        MachineId id = machines.create(Specs.named("one")).id();
        server.storeFailure = Optional.of(new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full"));
        refused(ErrorCode.INSUFFICIENT_STORAGE, "full", () -> machines.start(id));
        refused(ErrorCode.INSUFFICIENT_STORAGE, "full", () -> machines.delete(id));
        assertThat(machines.get(id).status()).isEqualTo(PENDING);
        assertThat(host.traces(id)).isEmpty();
    }

    @Test
    void aRestartThatCannotBeStoredHalfWayFailsItsMachineInsteadOfHangingInBetween() {
        MachineId id = started("one");
        server.failAfterWrites(1, new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full"));
        refused(ErrorCode.INSUFFICIENT_STORAGE, "full", () -> machines.restart(id));
        assertThat(machines.get(id).status()).isEqualTo(FAILED);
        server.storeFailure = Optional.empty();
        assertThat(machines.start(id).status()).isEqualTo(RUNNING);
    }

    @Test
    void whatHasHappenedIsShownEvenIfItCannotBeStored() {
        MachineId id = started("one");
        server.storeFailure = Optional.of(new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full"));
        vmm(id).end(FakeHost.POWERED_OFF);
        assertThat(machines.get(id).status()).isEqualTo(STOPPED);
        assertThat(server.events).anyMatch(MachineEvent.StoreFailed.class::isInstance);
    }

    @Test
    void aWaitReturnsAtOnceWhenTheStatusHasComeAlready() {
        MachineId id = started("one");
        assertThat(machines.await(id, Set.of(STOPPED, RUNNING), LONG).status()).isEqualTo(RUNNING);
    }

    @Test
    void aWaitTimesOutInTheContractsWords() {
        MachineId id = machines.create(Specs.named("one")).id();
        refused(
                ErrorCode.TIMEOUT,
                "Timed out waiting for machine %s to reach status running".formatted(id),
                () -> machines.await(id, Set.of(RUNNING), Duration.ofMillis(1)));
    }

    @Test
    void aWaitForWhatCannotComeByItselfIsRefusedAtOnce() {
        host.behaviour = GuestBehaviour.NEVER_READY;
        MachineId id = machines.create(Specs.named("one")).id();
        assertThatThrownBy(() -> machines.start(id)).isInstanceOf(HyperfleetException.class);
        assertThatThrownBy(() -> machines.await(id, Set.of(RUNNING), LONG))
                .hasMessageContaining("is in 'failed' state and cannot reach status running by itself")
                .hasMessageContaining("has not answered");
        assertThatThrownBy(() -> machines.await(id, Set.of(PENDING), LONG)).hasMessageContaining("cannot reach");
    }

    @Test
    void waitsEndWhenTheirMachineFailsOrIsDeletedOrTheServerStops() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            MachineId failing = started("failing");
            MachineId deleted = machines.create(Specs.named("deleted")).id();
            MachineId kept = machines.create(Specs.named("kept")).id();
            Future<?> onFailing = wait(threads, failing, STOPPED);
            Future<?> onDeleted = wait(threads, deleted, RUNNING);
            Future<?> onKept = wait(threads, kept, RUNNING);
            vmm(failing).end(new VmmExit(1, Optional.empty(), false, Optional.empty(), Optional.empty(), "", ""));
            machines.delete(deleted);
            machines.endWaits();
            assertThatThrownBy(onFailing::get).hasMessageContaining("is in 'failed' state");
            assertThatThrownBy(onDeleted::get).hasMessageContaining("not found");
            assertThatThrownBy(onKept::get).hasMessageContaining("stopping");
        }
    }

    /** Returns once the wait is registered: it cannot miss what follows. */
    private Future<?> wait(ExecutorService threads, MachineId id, MachineStatus status) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Future<?> waiting = threads.submit(() -> {
            begun.countDown();
            return machines.await(id, Set.of(status), LONG);
        });
        begun.await();
        return waiting;
    }

    @Test
    void onlyTheGuestOfAMachineThatRunsCanBeUsed() {
        MachineId id = machines.create(Specs.named("one")).id();
        refused(ErrorCode.BAD_REQUEST, "Cannot exec in machine in 'pending' state", () -> machines.guest(id, "exec"));
        machines.start(id);
        assertThat(machines.guest(id, "exec")).isNotNull();
        machines.stop(id);
        refused(ErrorCode.BAD_REQUEST, "Cannot exec in machine in 'stopped' state", () -> machines.guest(id, "exec"));
    }

    @Test
    void machinesRunOnWhenTheServerClosesAndTheNextOneAdoptsThem() {
        MachineId id = started("one");
        ProcessIdentity process = vmm(id).identity;
        machines.close();
        FakeServer next = FakeServer.on(host);
        next.recover();
        assertThat(next.machines.get(id).instance().map(Instance::process)).contains(process);
        assertThat(next.machines.stop(id).status()).isEqualTo(STOPPED);
    }

    @Test
    void aStartThatIsUnderWayWhenTheServerClosesIsFinishedByTheNextOne() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            FakeServer first = FakeServer.on(host, threads);
            MachineId id = first.machines.create(Specs.named("one")).id();
            first.readiness.drainPermits();
            Future<Machine> start = threads.submit(() -> first.machines.start(id));
            first.guestAsked.await();
            first.machines.close();
            first.readiness.release(1);
            assertThatThrownBy(start::get).hasMessageContaining("closed");
            assertThat(host.running).containsKey(id);

            FakeServer next = FakeServer.on(host);
            next.recover();
            assertThat(next.machines.get(id).status()).isEqualTo(RUNNING);
        }
    }

    private MachineId started(String name) {
        MachineId id = machines.create(Specs.named(name)).id();
        machines.start(id);
        return id;
    }

    private FakeHost.FakeVmm vmm(MachineId id) {
        return Objects.requireNonNull(host.running.get(id));
    }

    private static List<MachineId> ids(MachinePage page) {
        return page.machines().stream().map(Machine::id).toList();
    }

    private static void refused(ErrorCode code, String message, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        HyperfleetException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code))
                .hasMessage(message);
    }
}
