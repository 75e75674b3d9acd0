package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.activity.Activity;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Specs;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PortFailuresTest {
    private static final int NOBODYS_PORT = 8080;
    private static final Duration WAKE_TIMEOUT = Duration.ofSeconds(2);

    private final FakeServer server = FakeServer.on(new FakeHost());

    private HyperfleetException visit(boolean autostart) {
        MachineSpec spec = Specs.named("web");
        Automation automation = spec.automation();
        Sleep sleep =
                new Sleep(automation.sleep().autostop(), automation.sleep().idleTimeout(), Optional.empty(), autostart);
        MachineId id = server.machines
                .create(spec.with(
                        List.of(NOBODYS_PORT),
                        List.of(),
                        new Automation(sleep, automation.restart(), automation.checks(), automation.timeToLive())))
                .id();
        var _ = server.machines.start(id);
        MachinePorts ports = new MachinePorts(
                server.machines, server.automations, WAKE_TIMEOUT, 1, Clock.systemUTC(), MonotonicClock.SYSTEM);
        try (MachinePorts.Visit visit = ports.visit(id, NOBODYS_PORT, Activity.REQUESTS)) {
            return catchThrowableOfType(HyperfleetException.class, visit::connect);
        }
    }

    @Test
    void aPortOnWhichNothingListensIsNamedWithItsMachine() {
        HyperfleetException failure = visit(false);
        assertThat(failure.code()).isEqualTo(ErrorCode.PORT_CLOSED);
        assertThat(failure).hasMessage("Nothing listens on port 8080 of machine 'web'");
    }

    @Test
    void aPortThatDoesNotComeUpIsNamedWithItsMachineAndTheTimeThatItHad() {
        HyperfleetException failure = visit(true);
        assertThat(failure.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(failure).hasMessageMatching("Port 8080 of machine 'web' has not answered within 1 s");
    }
}
