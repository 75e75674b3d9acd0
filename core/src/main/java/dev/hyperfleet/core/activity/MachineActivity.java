package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.control.Timeouts;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** What keeps one machine awake, or since when it has been idle. Safe for concurrent use. */
final class MachineActivity {
    private static final Duration FOR_EVER = Duration.ofDays(36500);

    private final Clock clock;
    private final MonotonicClock time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Activity, Integer> counts = new EnumMap<>(Activity.class); // guarded by lock, as the next ones
    private Instant idleSince;
    private long idleSinceNanos;
    private long awakeUntilNanos;
    private boolean fallingAsleep;
    private CompletableFuture<Boolean> change = new CompletableFuture<>(); // the next one

    MachineActivity(Clock clock, MonotonicClock time) {
        this.clock = clock;
        this.time = time;
        this.idleSince = clock.instant();
        this.idleSinceNanos = time.nanoTime();
        this.awakeUntilNanos = idleSinceNanos;
    }

    /** Keeps the machine awake until the hold is closed. Waits while the machine falls asleep. */
    Hold hold(Activity activity) {
        Optional<CompletableFuture<Boolean>> undecided = tryHold(activity);
        while (undecided.isPresent()) {
            var _ = undecided.get().join();
            undecided = tryHold(activity);
        }
        return new Release(this, activity)::close;
    }

    /** The change to wait for, if the machine falls asleep. */
    private Optional<CompletableFuture<Boolean>> tryHold(Activity activity) {
        lock.lock();
        try {
            if (fallingAsleep) {
                return Optional.of(change);
            }
            counts.merge(activity, 1, Integer::sum);
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private static final class Release {
        private final MachineActivity machine;
        private final Activity activity;
        private boolean released; // guarded by the machine's lock

        Release(MachineActivity machine, Activity activity) {
            this.machine = machine;
            this.activity = activity;
        }

        void close() {
            machine.lock.lock();
            try {
                if (!released) {
                    released = true;
                    machine.release(activity);
                }
            } finally {
                machine.lock.unlock();
            }
        }
    }

    private void release(Activity activity) {
        counts.computeIfPresent(activity, (_, count) -> count == 1 ? null : count - 1);
        if (counts.isEmpty()) {
            beginIdling();
        }
    }

    private void beginIdling() {
        idleSince = clock.instant();
        idleSinceNanos = time.nanoTime();
        awakeUntilNanos = idleSinceNanos;
        completeChange();
    }

    /** The machine was started or resumed: it is idle from now on, unless something keeps it awake. */
    void wakeUp() {
        lock.lock();
        try {
            beginIdling();
        } finally {
            lock.unlock();
        }
    }

    /** The count of an activity. */
    int count(Activity activity) {
        lock.lock();
        try {
            return counts.getOrDefault(activity, 0);
        } finally {
            lock.unlock();
        }
    }

    IdleState state() {
        lock.lock();
        try {
            return new IdleState(
                    counts.isEmpty() ? Optional.of(idleSince) : Optional.empty(), List.copyOf(counts.keySet()));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns when nothing has kept the machine awake for this period, or when the caller is no longer interested.
     *
     * @param still whether the caller is; evaluated again at {@link #signalChange}
     */
    void awaitIdle(Duration period, BooleanSupplier still) throws InterruptedException {
        Optional<Pause> pause = pause(period, still);
        while (pause.isPresent()) {
            var _ = time.comes(pause.get().change(), pause.get().atMost());
            pause = pause(period, still);
        }
    }

    private record Pause(CompletableFuture<Boolean> change, Duration atMost) {}

    /**
     * What to wait for until it has been idle for the period; empty if it has, or if the caller is no longer
     * interested.
     */
    private Optional<Pause> pause(Duration period, BooleanSupplier still) {
        lock.lock();
        try {
            long now = time.nanoTime();
            Duration left =
                    Duration.ofNanos(Math.max(period.toNanos() - (now - idleSinceNanos), awakeUntilNanos - now));
            // While it falls asleep, there is nothing to do for others that would put it to sleep.
            boolean isIdle = counts.isEmpty() && !fallingAsleep;
            boolean isOver = !still.getAsBoolean() || (isIdle && !left.isPositive());
            return isOver ? Optional.empty() : Optional.of(new Pause(change, isIdle ? left : FOR_EVER));
        } finally {
            lock.unlock();
        }
    }

    /** The machine has changed: threads that wait for it to be idle may have no reason to wait any longer. */
    void signalChange() {
        lock.lock();
        try {
            completeChange();
        } finally {
            lock.unlock();
        }
    }

    private void completeChange() {
        change.complete(true);
        change = new CompletableFuture<>();
    }

    /**
     * Puts the machine to sleep, unless something has started to keep it awake. Callers of {@link #hold} wait until that
     * is decided, and so see the machine's new state. One that could not fall asleep is left alone for {@link
     * Timeouts#RETRY}, or until it has been used.
     */
    void putToSleep(Runnable action) {
        lock.lock();
        try {
            if (fallingAsleep || !counts.isEmpty()) {
                return;
            }
            fallingAsleep = true;
        } finally {
            lock.unlock();
        }
        try {
            action.run();
        } finally {
            lock.lock();
            try {
                fallingAsleep = false;
                awakeUntilNanos = time.nanoTime() + Timeouts.RETRY.toNanos();
                completeChange();
            } finally {
                lock.unlock();
            }
        }
    }
}
