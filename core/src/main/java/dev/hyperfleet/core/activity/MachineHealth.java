package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.activity.HealthState.Status;
import dev.hyperfleet.core.machine.HealthCheck;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** The results of the health checks of one run of a machine. Safe for concurrent use. */
final class MachineHealth {
    private final Clock clock;
    private final List<HealthCheck> checks;
    private final List<Tally> tallies = new ArrayList<>(); // guarded by this, as the next ones
    private CompletableFuture<Boolean> change = new CompletableFuture<>(); // the next one
    private OptionalLong begin = OptionalLong.empty();
    private boolean ended;

    /**
     * A check that blocks access.
     *
     * @param change completes when this may have changed
     */
    record ClosedGate(HealthState by, CompletableFuture<Boolean> change) {}

    private static final class Tally {
        HealthState state;
        int successes;
        int failures;

        Tally(HealthState state) {
            this.state = state;
        }
    }

    MachineHealth(List<HealthCheck> checks, Clock clock) {
        this.clock = clock;
        this.checks = List.copyOf(checks);
        checks.forEach(check -> tallies.add(new Tally(new HealthState(check, Status.UNKNOWN, clock.instant(), ""))));
    }

    /** When the grace period began: at the first call. In nanoseconds. */
    synchronized long begin(long now) {
        if (begin.isEmpty()) {
            begin = OptionalLong.of(now);
        }
        return begin.getAsLong();
    }

    /** Whether its checks are these. */
    boolean isOf(List<HealthCheck> others) {
        return checks.equals(others);
    }

    synchronized List<HealthState> states() {
        return tallies.stream().map(tally -> tally.state).toList();
    }

    /**
     * Records the result of an attempt.
     *
     * @param counts whether a failure counts; it does not during the grace period
     */
    synchronized void note(int index, boolean success, String output, boolean counts) {
        if (ended) {
            return;
        }
        Tally tally = tallies.get(index);
        HealthCheck check = tally.state.check();
        Status status = tally.state.status();
        tally.successes = success ? tally.successes + 1 : 0;
        tally.failures = success || !counts ? 0 : tally.failures + 1;
        if (tally.successes >= check.healthyAfter()) {
            status = Status.PASSING;
        } else if (tally.failures >= check.unhealthyAfter()) {
            status = Status.FAILING;
        }
        Instant since = status == tally.state.status() ? tally.state.since() : clock.instant();
        tally.state = new HealthState(check, status, since, output);
        tellOfChange();
    }

    /** The check that blocks access, and the next change of the results; empty if none does. */
    synchronized Optional<ClosedGate> closedGate() {
        return tallies.stream()
                .map(tally -> tally.state)
                .filter(state -> state.check().gate() && state.status() != Status.PASSING)
                .findFirst()
                .map(state -> new ClosedGate(state, change));
    }

    /** These results were replaced: waiters have to read the new ones. */
    synchronized void end() {
        ended = true;
        change.complete(true);
    }

    private void tellOfChange() {
        change.complete(true);
        change = new CompletableFuture<>();
    }
}
