package dev.hyperfleet.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Events as they come. One thread reads each from the store, once for all who follow; the last ones stay in memory.
 * Safe for concurrent use.
 */
public final class EventFeed implements AutoCloseable {
    private static final int REMEMBERED = 1024;
    private static final int MAX_READ = 512;
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final EventStore store;
    private final Duration heartbeat;
    private final Thread reader;
    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Recent recent;

    /** All events after this one, up to the last that was read. */
    private record Recent(long after, List<Event> events) {
        long last() {
            return events.isEmpty() ? after : events.getLast().sequence();
        }

        Recent with(List<Event> more) {
            List<Event> all = new ArrayList<>(events);
            all.addAll(more);
            int forgotten = Math.max(0, all.size() - REMEMBERED);
            long before = forgotten == 0 ? after : all.get(forgotten - 1).sequence();
            return new Recent(before, List.copyOf(all.subList(forgotten, all.size())));
        }

        List<Event> since(long sequence, Optional<MachineId> machine, int limit) {
            int begin = events.size();
            while (begin > 0 && events.get(begin - 1).sequence() > sequence) {
                begin--;
            }
            return events.subList(begin, events.size()).stream()
                    .filter(event -> machine.isEmpty() || machine.get().equals(event.machine()))
                    .limit(limit)
                    .toList();
        }
    }

    /**
     * Begins to read.
     *
     * @param heartbeat how long no follower waits without hearing that there is nothing
     */
    public EventFeed(EventStore store, Duration heartbeat) {
        this.store = store;
        this.heartbeat = heartbeat;
        recent = new Recent(store.range().last(), List.of());
        reader = Thread.ofPlatform().name("event-feed").daemon().start(this::run);
    }

    /** Somebody who wants the events after this one, of one machine or of all. To be closed. */
    public Follower follow(long sequence, Optional<MachineId> machine) {
        Follower follower = new Follower(sequence, machine);
        followers.add(follower);
        return follower;
    }

    private void run() {
        try {
            long beat = System.nanoTime() + heartbeat.toNanos();
            while (closed.getCount() > 0) {
                beat = read(beat);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt(); // by close
        }
    }

    /** Waits for the next events or for this heartbeat, and tells of them; when the next heartbeat is due. */
    private long read(long beat) throws InterruptedException {
        try {
            if (store.await(recent.last(), Duration.ofNanos(Math.max(0, beat - System.nanoTime())))) {
                List<Event> found = store.after(recent.last(), Optional.empty(), MAX_READ);
                recent = recent.with(found);
                followers.forEach(follower -> follower.tell(found));
            }
        } catch (HyperfleetException failure) {
            followers.forEach(follower -> follower.fail(failure));
            var _ = closed.await(AFTER_FAILURE.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (System.nanoTime() - beat < 0) {
            return beat;
        }
        followers.forEach(Follower::beat);
        return System.nanoTime() + heartbeat.toNanos();
    }

    /** For one thread. */
    public final class Follower implements AutoCloseable {
        private final Optional<MachineId> machine;
        private final Semaphore woken = new Semaphore(0);
        private long seen;
        private volatile boolean beats;
        private volatile @Nullable HyperfleetException failure;

        private Follower(long seen, Optional<MachineId> machine) {
            this.seen = seen;
            this.machine = machine;
        }

        /**
         * The next events, in their order: those that there are, or else those that come. None at a heartbeat.
         *
         * @throws HyperfleetException when they can't be read; the feed tries again, this follower has to begin again
         */
        public List<Event> next(int limit) throws InterruptedException {
            while (true) {
                List<Event> found = unseen(limit);
                if (!found.isEmpty()) {
                    return found;
                }
                woken.acquire();
                HyperfleetException failed = failure;
                if (failed != null) {
                    throw failed;
                }
                if (beats) {
                    beats = false;
                    return List.of();
                }
            }
        }

        private List<Event> unseen(int limit) {
            Recent known = recent; // before the store is asked: what comes meanwhile is found next time
            List<Event> found =
                    seen >= known.after() ? known.since(seen, machine, limit) : store.after(seen, machine, limit);
            if (found.size() < limit) {
                seen = Math.max(seen, known.last());
            }
            if (!found.isEmpty()) {
                seen = found.size() < limit
                        ? Math.max(seen, found.getLast().sequence())
                        : found.getLast().sequence();
            }
            return found;
        }

        private void tell(List<Event> events) {
            if (machine.isEmpty()
                    || events.stream().anyMatch(event -> event.machine().equals(machine.get()))) {
                wake();
            }
        }

        private void beat() {
            beats = true;
            wake();
        }

        private void fail(HyperfleetException why) {
            failure = why;
            wake();
        }

        /** Only the feed's thread does, so there is never more than one permit. */
        private void wake() {
            if (woken.availablePermits() == 0) {
                woken.release();
            }
        }

        @Override
        public void close() {
            followers.remove(this);
        }
    }

    /** Reads no more; followers hear of nothing from now on. */
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
