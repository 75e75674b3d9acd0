package dev.hyperfleet.core;

import dev.hyperfleet.core.HealthProbe.Finding;
import dev.hyperfleet.core.guest.Guest;
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
 * Tries the health checks of the machines that run, each on a thread of its own. What they have found is kept from
 * the moment that a machine begins to start until its VMM is gone: so no gate is open because nobody has looked yet,
 * and a pause changes nothing. Safe for concurrent use.
 */
final class HealthWatch {
    private final Machines machines;
    private final Clock clock;
    private final MonotonicClock time;
    private final Executor executor;
    private final HealthProbe probe;
    private final Map<MachineId, Health> found = new ConcurrentHashMap<>();
    private final Map<MachineId, Run> runs = new ConcurrentHashMap<>();

    /** The checks of a machine from when it begins to run, or to run on, until it does not. */
    private record Run(Health health, long beginNanos, BooleanSupplier still, CompletableFuture<Boolean> over) {}

    HealthWatch(Machines machines, Clock clock, MonotonicClock time, Executor executor) {
        this.machines = machines;
        this.clock = clock;
        this.time = time;
        this.executor = executor;
        this.probe = new HealthProbe(machines, time);
    }

    /** What its checks have found; empty for a machine without checks, or without a VMM. */
    Optional<Health> of(MachineId id) {
        return Optional.ofNullable(found.get(id));
    }

    /** Waits until no check keeps people out of a machine; what does so when the time is over. */
    Optional<HealthState> awaitOpenGate(MachineId id, Duration patience) {
        long deadline = time.nanoTime() + patience.toNanos();
        Optional<Health.ClosedGate> closed = of(id).flatMap(Health::closedGate);
        try {
            while (closed.isPresent()
                    && time.comes(closed.get().change(), Duration.ofNanos(deadline - time.nanoTime()))) {
                closed = of(id).flatMap(Health::closedGate);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        return closed.map(Health.ClosedGate::by);
    }

    /** What has become of a machine may be the end of its checks, and of what they have found. */
    void on(Machine before, Machine after) {
        MachineId id = after.id();
        Run run = runs.get(id);
        if (run != null && !run.still().getAsBoolean() && runs.remove(id, run)) {
            run.over().complete(true);
        }
        boolean isNew = after.status() == MachineStatus.STARTING && before.status() != MachineStatus.STARTING;
        replace(id, known -> isNew ? fresh(after) : known.filter(_ -> hasVmm(id)));
    }

    /** Keeps what is known of a machine that has a VMM, if it is of its present checks. */
    void takeUp(Machine machine) {
        List<HealthCheck> checks = machine.spec().automation().checks();
        replace(
                machine.id(),
                known -> known.filter(health -> health.isOf(checks)).or(() -> fresh(machine)));
    }

    private Optional<Health> fresh(Machine machine) {
        List<HealthCheck> checks = machine.spec().automation().checks();
        return checks.isEmpty() ? Optional.empty() : Optional.of(new Health(checks, clock));
    }

    private boolean hasVmm(MachineId id) {
        return machines.peek(id).filter(machine -> machine.status().hasVmm()).isPresent();
    }

    /** In one step; who waits on what was known before is told after it. */
    private void replace(MachineId id, UnaryOperator<Optional<Health>> next) {
        AtomicReference<Optional<Health>> replaced = new AtomicReference<>(Optional.empty());
        found.compute(id, (_, health) -> {
            Optional<Health> known = Optional.ofNullable(health);
            Optional<Health> now = next.apply(known);
            replaced.set(known.filter(before -> now.isEmpty() || !before.equals(now.get())));
            return now.orElse(null);
        });
        replaced.get().ifPresent(Health::end);
    }

    /**
     * Begins to check a machine that runs.
     *
     * @param still whether it runs on, with these checks
     */
    void watch(Machine machine, Guest guest, BooleanSupplier still) {
        takeUp(machine);
        of(machine.id()).ifPresent(health -> {
            Run run = new Run(health, time.nanoTime(), still, new CompletableFuture<>());
            Run before = runs.put(machine.id(), run);
            if (before != null) {
                before.over().complete(true);
            }
            List<HealthCheck> checks = machine.spec().automation().checks();
            for (int index = 0; index < checks.size(); index++) {
                int number = index;
                executor.execute(() -> repeat(machine, guest, run, number));
            }
            on(machine, machine);
        });
    }

    private void repeat(Machine machine, Guest guest, Run run, int index) {
        HealthCheck check = machine.spec().automation().checks().get(index);
        try {
            do {
                Finding finding = probe.attempt(machine, check, guest);
                boolean counts =
                        time.nanoTime() - run.beginNanos() >= check.grace().toNanos();
                if (!run.over().isDone()) {
                    run.health().note(index, finding.success(), finding.output(), counts);
                }
            } while (!time.comes(run.over(), check.interval()));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
