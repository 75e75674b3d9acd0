package dev.hyperfleet.core.activity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.activity.HealthState.Status;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.control.FakeServer;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Specs;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthMonitorTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final FakeHost host = new FakeHost();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final FakeServer server = FakeServer.on(host, executor);
    private final Machines machines = server.machines;
    private final HealthMonitor health = server.automations.health();

    @AfterEach
    void end() {
        executor.shutdownNow();
    }

    private static HealthCheck check(String name, boolean gate) {
        return new HealthCheck(
                name,
                HealthCheck.Kind.TCP,
                Optional.of(FakeHost.HEALTH_PORT),
                Optional.empty(),
                List.of(),
                Duration.ofMillis(10),
                Duration.ofSeconds(5),
                Duration.ZERO,
                1,
                1,
                gate);
    }

    private MachineId started(MachineSpec spec) {
        MachineId id = machines.create(spec).id();
        machines.start(id);
        return id;
    }

    private void setChecks(MachineId id, HealthCheck... checks) {
        machines.configure(id, spec -> with(spec, checks));
    }

    private static MachineSpec with(MachineSpec spec, HealthCheck... checks) {
        Automation automation = new Automation(Sleep.NEVER, RestartPolicy.NEVER, List.of(checks), Optional.empty());
        return spec.with(List.of(), List.of(), automation);
    }

    private Optional<String> shutBy(MachineId id) {
        return health.awaitOpenGate(id, Duration.ZERO)
                .map(state -> state.check().name());
    }

    @Test
    void aGateIsShutFromTheMomentThatItIsAskedFor() {
        host.behaviour = GuestBehaviour.SERVES_NOBODY;
        MachineId id = started(Specs.named("m"));
        assertThat(shutBy(id)).isEmpty();
        setChecks(id, check("one", true));
        assertThat(shutBy(id)).contains("one");
        machines.pause(id);
        setChecks(id, check("other", true));
        machines.resume(id);
        assertThat(shutBy(id)).contains("other");
        setChecks(id);
        assertThat(shutBy(id)).isEmpty();
    }

    @Test
    void whatWasFoundOutlastsAPauseAndSettingsThatAreOfOtherThings() {
        MachineId id = started(with(Specs.named("m"), check("one", true)));
        assertThat(health.awaitOpenGate(id, LONG)).isEmpty();
        machines.pause(id);
        assertThat(health.states(id)).as("of a machine that does not run").isEmpty();
        machines.resume(id);
        assertThat(shutBy(id)).isEmpty();
        machines.configure(id, spec -> spec.with(List.of(80), List.of(), spec.automation()));
        assertThat(shutBy(id)).isEmpty();
    }

    @Test
    void anotherStartKnowsNothingOfTheOneBefore() {
        MachineId id = started(with(Specs.named("m"), check("one", true)));
        assertThat(health.awaitOpenGate(id, LONG)).isEmpty();
        host.behaviour = GuestBehaviour.SERVES_NOBODY;
        machines.restart(id);
        assertThat(shutBy(id)).contains("one");
        machines.stop(id);
        assertThat(shutBy(id)).isEmpty();
    }

    @Test
    void whoWaitsAtAGateGoesOnWhenItIsTakenAway() throws Exception {
        host.behaviour = GuestBehaviour.SERVES_NOBODY;
        MachineId id = started(with(Specs.named("m"), check("one", true)));
        var waiting = executor.submit(() -> health.awaitOpenGate(id, LONG));
        setChecks(id, check("one", false));
        assertThat(waiting.get()).isEmpty();
    }

    @Test
    void aMachineWithoutAnAgentIsCheckedAllTheSame() {
        MachineSpec spec = with(Specs.withoutAgent("m"), check("one", true));
        MachineId id = started(spec);
        assertThat(health.awaitOpenGate(id, Duration.ofMillis(300)))
                .hasValueSatisfying(closed -> assertThat(closed.status()).isEqualTo(Status.FAILING));
    }

    @Test
    void aGraceIsOfTheStartAlone() {
        MachineHealth ofOne = new MachineHealth(List.of(check("one", true)), Clock.systemUTC());
        assertThat(ofOne.begin(5)).isEqualTo(5);
        assertThat(ofOne.begin(9)).as("after a pause").isEqualTo(5);
    }
}
