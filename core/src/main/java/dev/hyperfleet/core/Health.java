package dev.hyperfleet.core;

import dev.hyperfleet.core.HealthState.Status;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the health checks of one run of a machine have found. Safe for concurrent use. */
final class Health {
    private final Clock clock;
    private final List<Tally> tallies = new ArrayList<>(); // guarded by this

    private static final class Tally {
        HealthState state;
        int successes;
        int failures;

        Tally(HealthState state) {
            this.state = state;
        }
    }

    Health(List<HealthCheck> checks, Clock clock) {
        this.clock = clock;
        checks.forEach(check -> tallies.add(new Tally(new HealthState(check, Status.UNKNOWN, clock.instant(), ""))));
    }

    synchronized List<HealthState> states() {
        return tallies.stream().map(tally -> tally.state).toList();
    }

    /**
     * Takes down what a try has found.
     *
     * @param counts whether a failure does; it does not while the machine comes up
     */
    synchronized void note(int index, boolean success, String output, boolean counts) {
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
        notifyAll();
    }

    /** The first check that keeps people out; empty when none does. */
    synchronized Optional<HealthState> closedGate() {
        return tallies.stream()
                .map(tally -> tally.state)
                .filter(state -> state.check().gate() && state.status() != Status.PASSING)
                .findFirst();
    }

    /** Waits until no check keeps people out; what does so when the time is over. */
    synchronized Optional<HealthState> awaitOpenGate(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        Optional<HealthState> closed = closedGate();
        try {
            long left = deadline - System.nanoTime();
            while (closed.isPresent() && left > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
                closed = closedGate();
                left = deadline - System.nanoTime();
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        return closed;
    }
}
