package dev.hyperfleet.core;

import static dev.hyperfleet.core.MachineStatus.FAILED;
import static dev.hyperfleet.core.MachineStatus.PAUSED;
import static dev.hyperfleet.core.MachineStatus.PENDING;
import static dev.hyperfleet.core.MachineStatus.RUNNING;
import static dev.hyperfleet.core.MachineStatus.STARTING;
import static dev.hyperfleet.core.MachineStatus.STOPPED;
import static dev.hyperfleet.core.MachineStatus.STOPPING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.Lifecycle.Decision;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LifecycleTest {
    private static final Instant NOW = Instant.EPOCH;
    private static final Map<Command, Set<MachineStatus>> ALLOWED = Map.of(
            Command.START, Set.of(PENDING, STOPPED, FAILED),
            Command.STOP, Set.of(RUNNING, PAUSED),
            Command.RESTART, Set.of(RUNNING),
            Command.PAUSE, Set.of(RUNNING),
            Command.RESUME, Set.of(PAUSED),
            Command.DELETE, Set.of(PENDING, STOPPED, FAILED));
    private static final Map<Command, MachineStatus> LEADS_TO = Map.of(
            Command.START, STARTING,
            Command.STOP, STOPPING,
            Command.RESTART, STOPPING,
            Command.PAUSE, PAUSED,
            Command.RESUME, RUNNING);

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
                                        assertThat(transition.next().status()).isEqualTo(LEADS_TO.get(command)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMachineSaysWhyItHasFailedAndNothingElseDoes(MachineStatus status) {
        Machine machine = inStatus(FAILED);
        assertThat(machine.errorMessage()).contains("a reason");
        assertThat(machine.to(status, Optional.empty(), NOW).errorMessage()).isEmpty();
    }

    private static Machine inStatus(MachineStatus status) {
        Machine machine = Machine.create(new MachineId("abcdefghijkl"), 1, 0, Specs.named("one"), NOW);
        return status == FAILED ? machine.toFailed("a reason", NOW) : machine.to(status, Optional.empty(), NOW);
    }
}
