package dev.hyperfleet.core.control;

import static dev.hyperfleet.core.machine.MachineStatus.FAILED;
import static dev.hyperfleet.core.machine.MachineStatus.RUNNING;
import static dev.hyperfleet.core.machine.MachineStatus.STOPPED;
import static dev.hyperfleet.core.machine.MachineStatus.SUSPENDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Lifecycle;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.machine.VmmExit;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecoveryTest {
    private final FakeHost host = new FakeHost();

    @Test
    void aMachineWhoseGuestPoweredOffMeanwhileIsStopped() {
        MachineId id = runThenLeave();
        Objects.requireNonNull(host.running.get(id)).end(FakeHost.POWERED_OFF);
        assertThat(recovered().get(id).status()).isEqualTo(STOPPED);
        assertThat(host.traces(id)).containsExactly("disk");
    }

    @Test
    void aMachineWhoseGuestRebootedMeanwhileIsDueToStart() {
        MachineId id = runThenLeave();
        Objects.requireNonNull(host.running.get(id)).end(FakeHost.REBOOTED);
        assertThat(recovered().get(id).restarts().next()).isPresent();
    }

    @Test
    void aMachineWhoseVmmDiedMeanwhileHasFailedAndSaysHow() {
        MachineId id = runThenLeave();
        Objects.requireNonNull(host.running.get(id))
                .end(new VmmExit(0, Optional.of("SIGSEGV"), false, Optional.empty(), Optional.empty(), "", ""));
        Machine machine = recovered().get(id);
        assertThat(machine.status()).isEqualTo(FAILED);
        assertThat(machine.errorMessage()).contains("The VMM was killed by SIGSEGV.");
    }

    @Test
    void aVmmThatIsNotTheOneThatWasStartedIsNotAdopted() {
        MachineId id = runThenLeave();
        FakeHost.FakeVmm own = Objects.requireNonNull(host.running.get(id));
        own.end(FakeHost.KILLED);
        host.startVmm(id);
        assertThat(recovered().get(id).status()).isEqualTo(FAILED);
        assertThat(host.traces(id)).containsExactly("disk");
    }

    @Test
    void aStartThatHadNotBegunIsMadeByTheNextServer() {
        MachineId id = FakeServer.on(host).machines.create(Specs.named("one")).id();
        decideToStart(id);
        FakeServer server = recoveredServer();
        assertThat(server.machines.get(id).status()).isEqualTo(STOPPED);
        runAlarms(server);
        assertThat(server.machines.get(id).status()).isEqualTo(RUNNING);
    }

    @Test
    void aSuspendedMachineWhoseStartHadNotBegunContinuesInTheNextServer() {
        MachineId id = runThenLeave();
        recovered().suspend(id);
        decideToStart(id);
        FakeServer server = recoveredServer();
        assertThat(server.machines.get(id).status()).isEqualTo(SUSPENDED);
        runAlarms(server);
        assertThat(server.machines.get(id).status()).isEqualTo(RUNNING);
        assertThat(Objects.requireNonNull(host.running.get(id)).awoken).isTrue();
    }

    /** What a server stores before a start, which may then have to wait for its turn. */
    private void decideToStart(MachineId id) {
        host.stored.computeIfPresent(id, (_, machine) -> Lifecycle.startingAgain(machine, Instant.now()));
    }

    private static void runAlarms(FakeServer server) {
        List.copyOf(server.alarms).forEach(Runnable::run);
    }

    @Test
    void whatBelongsToNoMachineIsRemovedAndReported() {
        MachineId unknown = new MachineId("unknownunkno");
        host.startVmm(unknown);
        host.disks.add(unknown);
        host.runtimes.add(unknown);
        FakeServer server = FakeServer.on(host);
        RecoveryReport report = server.recover();
        assertThat(host.withTraces()).isEmpty();
        assertThat(report.steps())
                .extracting(RecoveryReport.Step::action)
                .containsExactly(RecoveryReport.Action.REAPED, RecoveryReport.Action.REAPED);
        assertThat(server.events)
                .hasOnlyElementsOfType(MachineEvent.Recovered.class)
                .hasSize(2);
    }

    private MachineId runThenLeave() {
        Machines machines = FakeServer.on(host).machines;
        MachineId id = machines.create(Specs.named("one")).id();
        machines.start(id);
        machines.close();
        return id;
    }

    private Machines recovered() {
        return recoveredServer().machines;
    }

    private FakeServer recoveredServer() {
        FakeServer server = FakeServer.on(host);
        var _ = server.recover();
        return server;
    }
}
