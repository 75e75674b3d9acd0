package dev.hyperfleet.core.control;

import static dev.hyperfleet.core.machine.MachineStatus.FAILED;
import static dev.hyperfleet.core.machine.MachineStatus.STOPPED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.machine.VmmExit;
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
        FakeServer server = FakeServer.on(host);
        var _ = server.recover();
        return server.machines;
    }
}
