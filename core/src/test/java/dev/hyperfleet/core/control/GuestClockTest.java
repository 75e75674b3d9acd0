package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.FakeHost.FakeVmm;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest's clock stops while its machine is paused. */
@Timeout(30)
class GuestClockTest {
    private final FakeHost host = new FakeHost();

    private static MachineId run(FakeServer server) {
        MachineId id = server.machines.create(Specs.named("one")).id();
        var _ = server.machines.start(id);
        return id;
    }

    @Test
    void isRightAfterAPause() {
        FakeServer server = FakeServer.on(host);
        MachineId id = run(server);
        var _ = server.machines.pause(id);
        assertThat(host.lastStarted(id).clockIsLate).isTrue();
        var _ = server.machines.resume(id);
        assertThat(host.lastStarted(id).clockIsLate).isFalse();
    }

    @Test
    void isRightWhenAMachineThatStandsStillIsStopped() {
        FakeServer server = FakeServer.on(host);
        MachineId id = run(server);
        var _ = server.machines.pause(id);
        var _ = server.machines.stop(id);
        assertThat(host.lastStarted(id).clockIsLate).isFalse();
    }

    @Test
    void isRightWhenTheServerEndedBetweenAResumeAndTheSettingOfTheClock() {
        FakeServer server = FakeServer.on(host);
        MachineId id = run(server);
        server.machines.close();
        host.lastStarted(id).clockIsLate = true;
        var _ = FakeServer.on(host).recover();
        assertThat(host.lastStarted(id).clockIsLate).isFalse();
    }

    @Test
    void isNotWaitedForLongAndThatItIsNotRightIsSaid() {
        host.behaviour = GuestBehaviour.SILENT_AFTER_ITS_START;
        FakeServer server;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server = FakeServer.on(host, threads);
            MachineId id = run(server);
            var _ = server.machines.pause(id);
            long begin = System.nanoTime();
            assertThat(server.machines.resume(id).status()).isEqualTo(MachineStatus.RUNNING);
            assertThat(System.nanoTime() - begin).isBetween(900_000_000L, 8_000_000_000L);
            FakeVmm vmm = Objects.requireNonNull(host.running.get(id));
            vmm.end(FakeHost.POWERED_OFF); // it is given up, too
        }
        assertThat(server.events).anyMatch(MachineEvent.ClockNotSet.class::isInstance);
    }
}
