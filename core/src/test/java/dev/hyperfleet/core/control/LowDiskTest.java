package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Specs;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A host with less free disk space than required. */
class LowDiskTest {
    private final FakeHost host = new FakeHost();
    private final FakeServer server = FakeServer.on(host);
    private final Machines machines = server.machines;

    @Test
    void nothingIsCreatedOrStartedAndWhatIsThereRunsOnAndCanBeStoppedAndDeleted() {
        MachineId pending = machines.create(Specs.named("pending")).id();
        MachineId running = machines.create(Specs.named("running")).id();
        machines.start(running);
        host.diskIsLow = true;
        refused(() -> machines.create(Specs.named("new")));
        refused(() -> machines.start(pending));
        refused(() -> machines.restart(running));
        assertThat(machines.get(pending).status()).isEqualTo(MachineStatus.PENDING);
        assertThat(machines.get(running).status()).isEqualTo(MachineStatus.RUNNING);
        machines.stop(running);
        machines.delete(running);
        machines.delete(pending);
        assertThat(machines.counts().values()).containsOnly(0);
    }

    @Test
    void whatWouldBeRefusedAnywayIsRefusedForThat() {
        MachineId running = machines.create(Specs.named("running")).id();
        machines.start(running);
        host.diskIsLow = true;
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> machines.start(running))
                .withMessage("Cannot start machine in 'running' state");
    }

    @Test
    void aStartByPolicyFailsWithTheReasonAndIsTriedAgain() {
        MachineSpec spec = Specs.named("one")
                .with(
                        List.of(),
                        List.of(),
                        new Automation(
                                Sleep.NEVER,
                                new RestartPolicy(RestartPolicy.When.ALWAYS, 5),
                                List.of(),
                                Optional.empty()));
        MachineId id = machines.create(spec).id();
        machines.start(id);
        host.diskIsLow = true;
        Objects.requireNonNull(host.running.get(id)).end(FakeHost.KILLED);
        server.alarms.removeFirst().run();
        assertThat(machines.get(id).status()).isEqualTo(MachineStatus.FAILED);
        assertThat(machines.get(id).errorMessage()).contains("too little room");
        host.diskIsLow = false;
        server.alarms.removeFirst().run();
        assertThat(machines.get(id).status()).isEqualTo(MachineStatus.RUNNING);
    }

    private static void refused(ThrowingCallable call) {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(call)
                .withMessage("too little room")
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INSUFFICIENT_STORAGE));
    }
}
