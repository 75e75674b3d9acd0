package dev.hyperfleet.core;

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

/** What holds one machine awake, and since when nothing does. Safe for concurrent use. */
final class Wakefulness {
    private static final Duration FOR_EVER = Duration.ofDays(36500);

    /** One that could not be put to sleep is left alone for so long, or until it has been used. */
    private final Clock clock;

    private final MonotonicClock time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Activity, Integer> counts = new EnumMap<>(Activity.class); // guarded by lock, like what follows
    private Instant idleSince;
    private long idleSinceNanos;
    private long awakeUntilNanos;
    private boolean dozingOff;
    private CompletableFuture<Boolean> change = new CompletableFuture<>(); // the next one

    Wakefulness(Clock clock, MonotonicClock time) {
        this.clock = clock;
        this.time = time;
        this.idleSince = clock.instant();
        this.idleSinceNanos = time.nanoTime();
        this.awakeUntilNanos = idleSinceNanos;
    }

    /** Holds the machine awake until it is closed. Waits while the machine is being put to sleep. */
    Hold hold(Activity activity) {
        Optional<CompletableFuture<Boolean>> undecided = tryHold(activity);
        while (undecided.isPresent()) {
            var _ = undecided.get().join();
            undecided = tryHold(activity);
        }
        return new Release(this, activity)::close;
    }

    /** The change to wait for, where it is being put to sleep. */
    private Optional<CompletableFuture<Boolean>> tryHold(Activity activity) {
        lock.lock();
        try {
            if (dozingOff) {
                return Optional.of(change);
            }
            counts.merge(activity, 1, Integer::sum);
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private static final class Release {
        private final Wakefulness machine;
        private final Activity activity;
        private boolean released; // guarded by the machine's lock

        Release(Wakefulness machine, Activity activity) {
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
        tellOfChange();
    }

    /** The machine has just been started or resumed: it is idle from now on, unless something holds it. */
    void wakeUp() {
        lock.lock();
        try {
            beginIdling();
        } finally {
            lock.unlock();
        }
    }

    /** How many of an activity there are. */
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
     * Returns when nothing has held the machine for so long, or when that is of no interest any more.
     *
     * @param still whether it is; asked again at {@link #lookAgain}
     */
    void awaitIdle(Duration period, BooleanSupplier still) throws InterruptedException {
        Optional<Pause> pause = pause(period, still);
        while (pause.isPresent()) {
            var _ = time.comes(pause.get().change(), pause.get().atMost());
            pause = pause(period, still);
        }
    }

    private record Pause(CompletableFuture<Boolean> change, Duration atMost) {}

    /** What to wait for until it is idle for so long; empty where that is so, or of no interest. */
    private Optional<Pause> pause(Duration period, BooleanSupplier still) {
        lock.lock();
        try {
            long now = time.nanoTime();
            Duration left =
                    Duration.ofNanos(Math.max(period.toNanos() - (now - idleSinceNanos), awakeUntilNanos - now));
            boolean isOver = !still.getAsBoolean() || (counts.isEmpty() && !left.isPositive());
            return isOver ? Optional.empty() : Optional.of(new Pause(change, counts.isEmpty() ? left : FOR_EVER));
        } finally {
            lock.unlock();
        }
    }

    /** The machine has changed: whoever waits for it to be idle may have no reason to any more. */
    void lookAgain() {
        lock.lock();
        try {
            tellOfChange();
        } finally {
            lock.unlock();
        }
    }

    private void tellOfChange() {
        change.complete(true);
        change = new CompletableFuture<>();
    }

    /**
     * Puts the machine to sleep, unless something has come to hold it meanwhile. What wants to hold it waits
     * until that is decided, and so sees what has become of it.
     */
    void doze(Runnable sleep) {
        lock.lock();
        try {
            if (dozingOff || !counts.isEmpty()) {
                return;
            }
            dozingOff = true;
        } finally {
            lock.unlock();
        }
        try {
            sleep.run();
        } finally {
            lock.lock();
            try {
                dozingOff = false;
                awakeUntilNanos = time.nanoTime() + Automations.AGAIN_AFTER.toNanos();
                tellOfChange();
            } finally {
                lock.unlock();
            }
        }
    }
}
