package dev.hyperfleet.core;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** What holds one machine awake, and since when nothing does. Safe for concurrent use. */
final class Wakefulness {
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Activity, Integer> counts = new EnumMap<>(Activity.class); // these are guarded by lock
    private Instant idleSince;
    private long idleSinceNanos;
    private boolean dozingOff;

    Wakefulness(Clock clock) {
        this.clock = clock;
        this.idleSince = clock.instant();
        this.idleSinceNanos = System.nanoTime();
    }

    /** Holds the machine awake until it is closed. Waits while the machine is being put to sleep. */
    Hold hold(Activity activity) {
        lock.lock();
        try {
            while (dozingOff) {
                changed.awaitUninterruptibly();
            }
            counts.merge(activity, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
        return new Release(this, activity)::close;
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
        idleSinceNanos = System.nanoTime();
        changed.signalAll();
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
        lock.lock();
        try {
            long left = period.toNanos() - idleNanos();
            while (still.getAsBoolean() && (!counts.isEmpty() || left > 0)) {
                if (counts.isEmpty()) {
                    var _ = changed.await(left, TimeUnit.NANOSECONDS);
                } else {
                    changed.await();
                }
                left = period.toNanos() - idleNanos();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The machine has changed: whoever waits for it to be idle may have no reason to any more. */
    void lookAgain() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private long idleNanos() {
        return System.nanoTime() - idleSinceNanos;
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
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
