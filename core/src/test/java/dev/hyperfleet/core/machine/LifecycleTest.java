package dev.hyperfleet.core.machine;

import static dev.hyperfleet.core.machine.MachineStatus.FAILED;
import static dev.hyperfleet.core.machine.MachineStatus.PAUSED;
import static dev.hyperfleet.core.machine.MachineStatus.PAUSING;
import static dev.hyperfleet.core.machine.MachineStatus.PENDING;
import static dev.hyperfleet.core.machine.MachineStatus.RESUMING;
import static dev.hyperfleet.core.machine.MachineStatus.RUNNING;
import static dev.hyperfleet.core.machine.MachineStatus.STARTING;
import static dev.hyperfleet.core.machine.MachineStatus.STOPPED;
import static dev.hyperfleet.core.machine.MachineStatus.STOPPING;
import static dev.hyperfleet.core.machine.MachineStatus.SUSPENDED;
import static dev.hyperfleet.core.machine.MachineStatus.SUSPENDING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.machine.Lifecycle.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LifecycleTest {
    private static final Instant NOW = Instant.EPOCH;
    private static final Map<Command, Set<MachineStatus>> ALLOWED = Map.of(
            Command.START, Set.of(PENDING, SUSPENDED, STOPPED, FAILED),
            Command.STOP, Set.of(RUNNING, PAUSED, SUSPENDED),
            Command.RESTART, Set.of(RUNNING),
            Command.PAUSE, Set.of(RUNNING),
            Command.RESUME, Set.of(PAUSED, SUSPENDED),
            Command.SUSPEND, Set.of(RUNNING, PAUSED),
            Command.ROLLBACK, Set.of(PENDING, RUNNING, PAUSED, SUSPENDED, STOPPED, FAILED),
            Command.DELETE, Set.of(PENDING, SUSPENDED, STOPPED, FAILED));
    private static final Map<Command, MachineStatus> LEADS_TO = Map.of(
            Command.START, STARTING,
            Command.STOP, STOPPING,
            Command.RESTART, STOPPING,
            Command.PAUSE, PAUSING,
            Command.RESUME, RESUMING,
            Command.SUSPEND, SUSPENDING);

    @ParameterizedTest
    @EnumSource
    void aCommandIsAllowedInItsStatesAndRefusedInAllOthersInTheContractsWords(Command command) {
        for (MachineStatus status : MachineStatus.values()) {
            Decision decision = Lifecycle.decide(inStatus(status), command, NOW);
            if (!ALLOWED.getOrDefault(command, Set.of()).contains(status)) {
                assertThat(decision)
                        .isEqualTo(new Decision.Refuse(
                                "Cannot %s machine in '%s' state".formatted(command.verb(), status.text())));
            } else if (command == Command.DELETE) {
                assertThat(decision).isEqualTo(new Decision.Remove());
            } else {
                assertThat(decision)
                        .isInstanceOfSatisfying(
                                Decision.Transition.class,
                                transition ->
                                        assertThat(transition.next().status()).isEqualTo(leadsTo(command, status)));
            }
        }
    }

    /** A machine that runs is stopped before a rollback; a suspended one has no VMM to be stopped, or resumed. */
    private static MachineStatus leadsTo(Command command, MachineStatus status) {
        if (status == SUSPENDED) {
            return command == Command.STOP ? STOPPED : STARTING;
        }
        Command first = status.hasVmm() ? Command.STOP : Command.START;
        return Objects.requireNonNull(LEADS_TO.get(command == Command.ROLLBACK ? first : command));
    }

    @ParameterizedTest
    @EnumSource
    void aMachineSaysWhyItHasFailedAndNothingElseDoes(MachineStatus status) {
        Machine machine = inStatus(FAILED);
        assertThat(machine.errorMessage()).contains("a reason");
        assertThat(machine.to(status, Optional.empty(), NOW).errorMessage()).isEmpty();
    }

    @Test
    void aMachineThatEndsIsDueAgainAsItsPolicySays() {
        assertThat(due(RestartPolicy.When.NO, FAILED)).isFalse();
        assertThat(due(RestartPolicy.When.ON_FAILURE, FAILED)).isTrue();
        assertThat(due(RestartPolicy.When.ON_FAILURE, STOPPED)).isFalse();
        assertThat(due(RestartPolicy.When.ALWAYS, FAILED)).isTrue();
        assertThat(due(RestartPolicy.When.ALWAYS, STOPPED)).isTrue();
    }

    private static boolean due(RestartPolicy.When when, MachineStatus end) {
        VmmExit exit = end == STOPPED ? FakeHost.POWERED_OFF : FakeHost.KILLED;
        Machine ended = Lifecycle.ended(running(when, Restarts.NONE), exit, NOW);
        assertThat(ended.status()).isEqualTo(end);
        return ended.restarts().next().isPresent();
    }

    @Test
    void thePausesGrowAndTheTriesEndUnlessItHasRunForAMinute() {
        Machine machine = running(RestartPolicy.When.ALWAYS, Restarts.NONE);
        Instant first =
                Lifecycle.ended(machine, FakeHost.KILLED, NOW).restarts().next().orElseThrow();
        assertThat(Duration.between(NOW, first)).isEqualTo(Duration.ofSeconds(1));
        Machine tried = running(RestartPolicy.When.ALWAYS, new Restarts(2, Optional.empty()));
        Restarts third = Lifecycle.ended(tried, FakeHost.KILLED, NOW).restarts();
        assertThat(Duration.between(NOW, third.next().orElseThrow())).isEqualTo(Duration.ofSeconds(4));
        Machine last = running(RestartPolicy.When.ALWAYS, new Restarts(3, Optional.empty()));
        assertThat(Lifecycle.ended(last, FakeHost.KILLED, NOW).restarts().next())
                .isEmpty();
        Restarts stable = Lifecycle.ended(last, FakeHost.KILLED, NOW.plus(RestartPolicy.STABLE))
                .restarts();
        assertThat(stable.count()).isZero();
        assertThat(stable.next()).isPresent();
    }

    @Test
    void aRebootIsDueAtOnceAndOneSoonAfterItLater() {
        Machine first = Lifecycle.ended(running(RestartPolicy.When.NO, Restarts.NONE), FakeHost.REBOOTED, NOW);
        assertThat(first.status()).isEqualTo(STOPPED);
        assertThat(first.restarts().next()).contains(NOW);
        Machine again = running(RestartPolicy.When.NO, new Restarts(20, Optional.empty()));
        assertThat(Lifecycle.ended(again, FakeHost.REBOOTED, NOW).restarts().next())
                .contains(NOW.plus(Duration.ofMinutes(1)));
        assertThat(Lifecycle.ended(again, FakeHost.REBOOTED, NOW.plus(RestartPolicy.STABLE))
                        .restarts()
                        .next())
                .contains(NOW.plus(RestartPolicy.STABLE));
    }

    @Test
    void aRebootThatAServerHasLostIsDueAgain() {
        Machine ended = Lifecycle.ended(running(RestartPolicy.When.NO, Restarts.NONE), FakeHost.REBOOTED, NOW);
        Machine lost = Lifecycle.startLost(Lifecycle.startedByPolicy(ended, NOW, NOW), false, NOW);
        assertThat(lost.status()).isEqualTo(STOPPED);
        assertThat(lost.restarts().next()).isPresent();
    }

    @Test
    void aStartThatEndsTheServerEachTimeIsGivenUp() {
        Machine machine = running(RestartPolicy.When.NO, Restarts.NONE);
        for (int lost = 0; lost < 3; lost++) {
            machine = Lifecycle.startLost(Lifecycle.startingAgain(machine, NOW), false, NOW);
            assertThat(machine.status()).isEqualTo(STOPPED);
            Instant due = machine.restarts().next().orElseThrow();
            machine = Lifecycle.startedByPolicy(machine, due, due);
        }
        Machine given = Lifecycle.startLost(machine, false, NOW);
        assertThat(given.status()).isEqualTo(FAILED);
        assertThat(given.restarts().next()).isEmpty();
    }

    @Test
    void aStartThatWasDueIsOffWhenSomebodyHasDoneSomethingSince() {
        Machine ended = Lifecycle.ended(running(RestartPolicy.When.ALWAYS, Restarts.NONE), FakeHost.KILLED, NOW);
        Instant due = ended.restarts().next().orElseThrow();
        Machine started = Lifecycle.startedByPolicy(ended, due, due);
        assertThat(started.status()).isEqualTo(STARTING);
        assertThat(started.restarts()).isEqualTo(new Restarts(1, Optional.empty()));
        Decision byHand = Lifecycle.decide(ended, Command.START, NOW);
        assertThat(byHand).isInstanceOfSatisfying(Decision.Transition.class, transition -> {
            assertThat(transition.next().restarts()).isEqualTo(Restarts.NONE);
            assertThat(Lifecycle.startedByPolicy(transition.next(), due, due)).isSameAs(transition.next());
        });
    }

    private static Machine running(RestartPolicy.When when, Restarts restarts) {
        MachineSpec spec = Specs.named("one");
        Automation automation = new Automation(Sleep.NEVER, new RestartPolicy(when, 3), List.of(), Optional.empty());
        return Machine.create(
                        new MachineId("abcdefghijkl"),
                        1,
                        0,
                        spec.with(List.of(), List.of(), automation),
                        java.util.Optional.empty(),
                        NOW)
                .to(RUNNING, Optional.empty(), NOW)
                .with(restarts);
    }

    private static Machine inStatus(MachineStatus status) {
        Machine machine = Machine.create(
                new MachineId("abcdefghijkl"), 1, 0, Specs.named("one"), java.util.Optional.empty(), NOW);
        return status == FAILED ? machine.toFailed("a reason", NOW) : machine.to(status, Optional.empty(), NOW);
    }
}
