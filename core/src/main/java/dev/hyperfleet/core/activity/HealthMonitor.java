package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.activity.HealthProbe.Finding;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * Runs the health checks of running machines, each on its own thread. Results are kept from the moment that a machine
 * begins to start until its VMM is gone: so no gate is open because no check was made yet, and a pause changes nothing.
 * Safe for concurrent use.
 */
public final class HealthMonitor {
    private final Machines machines;
    private final Clock clock;
    private final MonotonicClock time;
    private final Executor executor;
    private final HealthProbe probe;
    private final Map<MachineId, MachineHealth> found = new ConcurrentHashMap<>();
    private final Map<MachineId, Run> runs = new ConcurrentHashMap<>();

    /** The checking of a machine from when it begins to run, or is resumed, until it stops running. */
    private record Run(MachineHealth health, BooleanSupplier still, CompletableFuture<Boolean> over) {
        boolean isOf(MachineHealth other) {
            return health.equals(other) && still.getAsBoolean();
        }
    }

    HealthMonitor(Machines machines, Clock clock, MonotonicClock time, Executor executor) {
        this.machines = machines;
        this.clock = clock;
        this.time = time;
        this.executor = executor;
        this.probe = new HealthProbe(machines, time);
    }

    /** The results of the machine's health checks; empty for one that does not run. */
    public List<HealthState> states(MachineId id) {
        return machines.peek(id)
                .filter(machine -> machine.status() == MachineStatus.RUNNING)
                .flatMap(_ -> of(id))
                .map(MachineHealth::states)
                .orElse(List.of());
    }

    /** The results of its checks; empty for a machine without checks, or without a VMM. */
    Optional<MachineHealth> of(MachineId id) {
        return Optional.ofNullable(found.get(id));
    }

    /** Waits until no check blocks access to a machine; returns the one that does after the timeout. */
    public Optional<HealthState> awaitOpenGate(MachineId id, Duration patience) {
        long deadline = time.nanoTime() + patience.toNanos();
        Optional<MachineHealth.ClosedGate> closed = of(id).flatMap(MachineHealth::closedGate);
        try {
            while (closed.isPresent()
                    && time.comes(closed.get().change(), Duration.ofNanos(deadline - time.nanoTime()))) {
                closed = of(id).flatMap(MachineHealth::closedGate);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        return closed.map(MachineHealth.ClosedGate::by);
    }

    /** A machine has changed: its checks may have to end, and their results may be obsolete. */
    void apply(Machine before, Machine after) {
        boolean begins = after.status() == MachineStatus.STARTING && before.status() != MachineStatus.STARTING;
        replace(after.id(), known -> present(after.id(), known.filter(_ -> !begins)));
        endIfOver(after.id());
    }

    /** Discards results that are not of the machine's current checks. */
    void rearm(MachineId id) {
        replace(id, known -> present(id, known));
    }

    /** Uses the machine's current state: events may arrive late. */
    private Optional<MachineHealth> present(MachineId id, Optional<MachineHealth> known) {
        List<HealthCheck> checks = machines.peek(id)
                .filter(machine -> machine.status().hasVmm())
                .map(machine -> machine.spec().automation().checks())
                .orElse(List.of());
        return checks.isEmpty()
                ? Optional.empty()
                : known.filter(health -> health.isOf(checks)).or(() -> Optional.of(new MachineHealth(checks, clock)));
    }

    private void endIfOver(MachineId id) {
        Run run = runs.get(id);
        if (run != null && !run.still().getAsBoolean() && runs.remove(id, run)) {
            run.over().complete(true);
        }
    }

    /** Replaces the results in one step, then wakes threads that wait for a change of the earlier ones. */
    private void replace(MachineId id, UnaryOperator<Optional<MachineHealth>> next) {
        AtomicReference<Optional<MachineHealth>> replaced = new AtomicReference<>(Optional.empty());
        found.compute(id, (_, health) -> {
            Optional<MachineHealth> known = Optional.ofNullable(health);
            Optional<MachineHealth> now = next.apply(known);
            replaced.set(known.filter(before -> now.isEmpty() || !before.equals(now.get())));
            return now.orElse(null);
        });
        replaced.get().ifPresent(MachineHealth::end);
    }

    /**
     * Begins to check a running machine, unless it is being checked already.
     *
     * @param guest empty if it has no agent
     * @param still whether it still runs, with these checks
     */
    void watch(Machine machine, Optional<Guest> guest, BooleanSupplier still) {
        List<HealthCheck> checks = machine.spec().automation().checks();
        rearm(machine.id());
        of(machine.id()).filter(health -> health.isOf(checks)).ifPresent(health -> {
            Run next = new Run(health, still, new CompletableFuture<>());
            if (begin(machine.id(), next)) {
                for (int index = 0; index < checks.size(); index++) {
                    int number = index;
                    executor.execute(() -> repeat(machine, guest, next, number));
                }
                endIfOver(machine.id());
            }
        });
    }

    /** Whether this call may begin: another thread may already check the machine, or know a later state of it. */
    private boolean begin(MachineId id, Run next) {
        Run now = runs.compute(id, (_, before) -> {
            boolean stays = before != null && before.isOf(next.health());
            if (stays || !next.still().getAsBoolean()) {
                return before;
            }
            if (before != null) {
                before.over().complete(true);
            }
            return next;
        });
        return next.equals(now);
    }

    private void repeat(Machine machine, Optional<Guest> guest, Run run, int index) {
        HealthCheck check = machine.spec().automation().checks().get(index);
        long begin = run.health().begin(time.nanoTime());
        try {
            do {
                Finding finding = probe.attempt(machine, check, guest);
                boolean counts = time.nanoTime() - begin >= check.grace().toNanos();
                if (!run.over().isDone()) {
                    run.health().note(index, finding.success(), finding.output(), counts);
                }
            } while (!time.comes(run.over(), check.interval()));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
