package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** A wait for a machine to reach one of several statuses. */
final class Waiter {
    private final Set<MachineStatus> targets;
    private final CompletableFuture<Machine> outcome = new CompletableFuture<>();

    Waiter(Set<MachineStatus> targets) {
        this.targets = targets;
    }

    /** Completes with the machine once it has the status, or with the error that says why it never will. */
    CompletableFuture<Machine> outcome() {
        return outcome;
    }

    /** Notifies it of a state of the machine. */
    void see(Machine machine) {
        if (targets.contains(machine.status())) {
            outcome.complete(machine);
        } else if (machine.restarts().next().isEmpty() && targets.stream().noneMatch(machine.status()::canReach)) {
            outcome.completeExceptionally(new HyperfleetException(
                    ErrorCode.CONFLICT,
                    "Machine %s is in '%s' state and cannot reach status %s by itself%s"
                            .formatted(
                                    machine.id(),
                                    machine.status().text(),
                                    describeTargets(),
                                    machine.errorMessage()
                                            .map(message -> ": " + message)
                                            .orElse(""))));
        }
    }

    void fail(HyperfleetException reason) {
        outcome.completeExceptionally(reason);
    }

    String describeTargets() {
        return targets.stream().sorted().map(MachineStatus::text).collect(Collectors.joining(" or "));
    }
}
