package dev.hyperfleet.core.event;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Events as they occur. One thread reads each from the store, once for all followers, and wakes followers in small
 * batches: the next batch when the last one has handled its events. So requests are served in between, however many
 * follow; and if followers are slower than events arrive, each gets several at once. Safe for concurrent use.
 */
public final class EventFeed implements AutoCloseable {
    private static final int MAX_READ = 512;
    private static final int AWAKE_AT_ONCE = 2 * Runtime.getRuntime().availableProcessors();

    /** Followers whose clients do not read delay the others by this time, once. */
    private static final Duration PATIENCE = Duration.ofMillis(20);

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final EventStore store;
    private final Duration heartbeat;
    private final MonotonicClock time;
    private final Thread reader;
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final Semaphore done = new Semaphore(0);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile RecentEvents recent;

    /**
     * Begins to read.
     *
     * @param heartbeat the maximum time that a follower waits without a result
     */
    public EventFeed(EventStore store, Duration heartbeat, MonotonicClock time) {
        this.store = store;
        this.time = time;
        this.heartbeat = heartbeat;
        recent = new RecentEvents(store.range().last(), List.of());
        long firstBeat = time.nanoTime() + heartbeat.toNanos();
        reader = Thread.ofPlatform().name("event-feed").daemon().start(() -> run(firstBeat));
    }

    /** Adds a follower, which gets the events after this one, of one machine or of all. It must be closed. */
    public Follower follow(long sequence, Optional<MachineId> machine) {
        Follower follower = new Follower(sequence, machine);
        followers.add(follower);
        return follower;
    }

    private void run(long firstBeat) {
        try {
            long beat = firstBeat;
            while (closed.getCount() > 0) {
                beat = read(beat);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt(); // by close
        }
    }

    /** Waits for the next events or for this heartbeat, and publishes them; returns when the next heartbeat is due. */
    private long read(long beat) throws InterruptedException {
        try {
            if (store.await(recent.last(), Duration.ofNanos(Math.max(0, beat - time.nanoTime())))) {
                List<Event> found = store.after(recent.last(), Optional.empty(), MAX_READ);
                recent = recent.with(found);
                wake(follower -> follower.isConcernedBy(found));
            }
        } catch (HyperfleetException failure) {
            wake(follower -> follower.fail(failure));
            var _ = closed.await(AFTER_FAILURE.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (time.nanoTime() - beat < 0) {
            return beat;
        }
        wake(Follower::beat);
        return time.nanoTime() + heartbeat.toNanos();
    }

    private void wake(Predicate<Follower> which) throws InterruptedException {
        done.drainPermits(); // by followers that took longer than PATIENCE
        int awake = 0;
        for (Follower follower : followers) {
            if (which.test(follower) && follower.wake()) {
                awake++;
            }
            if (awake == AWAKE_AT_ONCE) {
                var _ = done.tryAcquire(awake, PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
                awake = 0;
            }
        }
    }

    /** For one thread. */
    public final class Follower implements AutoCloseable {
        private final Optional<MachineId> machine;
        private final AtomicBoolean waits = new AtomicBoolean();
        private final Semaphore woken = new Semaphore(0);
        private long seen;
        private boolean busy;
        private volatile boolean beats;
        private volatile @Nullable HyperfleetException failure;

        private Follower(long seen, Optional<MachineId> machine) {
            this.seen = seen;
            this.machine = machine;
        }

        /**
         * The next events, in order: existing ones, or else new ones. None at a heartbeat.
         *
         * @throws HyperfleetException if they cannot be read; the feed retries, this follower has to begin again
         */
        public List<Event> next(int limit) throws InterruptedException {
            while (true) {
                List<Event> found = unseen(limit);
                if (!found.isEmpty()) {
                    return found;
                }
                HyperfleetException failed = failure;
                if (failed != null) {
                    throw failed;
                }
                if (beats) {
                    beats = false;
                    return List.of();
                }
                sleep();
            }
        }

        private List<Event> unseen(int limit) {
            RecentEvents known = recent; // before the store is read: later events are found next time
            List<Event> found =
                    known.reachBackTo(seen) ? known.since(seen, machine, limit) : store.after(seen, machine, limit);
            if (found.size() < limit) {
                seen = Math.max(seen, known.last());
            }
            if (!found.isEmpty()) {
                seen = Math.max(seen, found.getLast().sequence());
            }
            return found;
        }

        private void sleep() throws InterruptedException {
            haveDone();
            waits.set(true);
            boolean nothing = recent.last() <= seen && failure == null && !beats;
            if (nothing || !waits.compareAndSet(true, false)) {
                woken.acquire(); // the feed sees that this one waits, or has seen it already
                busy = true;
            }
        }

        /** Whether it was waiting. */
        private boolean wake() {
            boolean slept = waits.compareAndSet(true, false);
            if (slept) {
                woken.release();
            }
            return slept;
        }

        private void haveDone() {
            if (busy) {
                busy = false;
                done.release();
            }
        }

        private boolean isConcernedBy(List<Event> events) {
            return machine.isEmpty()
                    || events.stream().anyMatch(event -> event.machine().equals(machine.get()));
        }

        private boolean beat() {
            beats = true;
            return true;
        }

        private boolean fail(HyperfleetException why) {
            failure = why;
            return true;
        }

        @Override
        public void close() {
            haveDone();
            followers.remove(this);
        }
    }

    /** Stops reading; followers get no more events. */
    @Override
    public void close() {
        closed.countDown();
        reader.interrupt();
        try {
            reader.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
