package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LongPausesTest {
    private final FakeHost host = new FakeHost();
    private FakeServer server = FakeServer.on(host);
    private MachineId id = new MachineId("abcdefghijkl");

    @BeforeEach
    void pause() {
        server.machines.recover();
        id = server.machines
                .create(Specs.suspendedAfter("napper", Duration.ofMinutes(1)))
                .id();
        server.machines.start(id);
        server.machines.pause(id);
    }

    @Test
    void aMachineThatStaysPausedIsSuspended() {
        server.alarms.removeFirst().run();
        assertThat(status()).isEqualTo(MachineStatus.SUSPENDED);
        assertThat(server.alarms).isEmpty();
    }

    @Test
    void oneThatHasContinuedMeanwhileIsNot() {
        server.machines.resume(id);
        server.alarms.removeFirst().run();
        assertThat(status()).isEqualTo(MachineStatus.RUNNING);
        server.machines.pause(id);
        assertThat(server.alarms).as("the next pause has a time of its own").hasSize(1);
    }

    @Test
    void theNextServerSuspendsIt() {
        server = FakeServer.on(host);
        server.machines.recover();
        server.automations.resume();
        server.alarms.removeFirst().run();
        assertThat(status()).isEqualTo(MachineStatus.SUSPENDED);
    }

    @Test
    void aSuspensionThatFailsIsTriedAgainAndTheMachineStaysPaused() {
        server.saveFailure = Optional.of(new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "The disk is full"));
        server.alarms.removeFirst().run();
        assertThat(status()).isEqualTo(MachineStatus.PAUSED);
        server.saveFailure = Optional.empty();
        server.alarms.removeLast().run();
        assertThat(status()).isEqualTo(MachineStatus.SUSPENDED);
    }

    private MachineStatus status() {
        return server.machines.get(id).status();
    }
}
