package dev.hyperfleet.proxy;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.activity.MachinePorts.Visit;
import dev.hyperfleet.core.guest.PortConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Idle connections to guests that can serve another request. Each belongs to one port of one run of one machine, and is
 * never used for another. Safe for concurrent use.
 */
final class GuestConnections implements AutoCloseable {
    private static final int MAX_IDLE = 64;
    private static final Duration IDLE = Duration.ofSeconds(15);
    private static final Duration SWEEP = Duration.ofSeconds(5);

    private final Map<Place, Deque<Idle>> idle = new ConcurrentHashMap<>();
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("proxy-sweeper").factory());

    private record Place(MachineId machine, Optional<ProcessIdentity> run, int port) {}

    private record Idle(PortConnection connection, GuestResponse response, long since) {}

    /**
     * A connection in use.
     *
     * @param reused whether it has served a request before: the guest may be about to close it
     */
    record Lease(PortConnection connection, GuestResponse response, boolean reused) implements AutoCloseable {
        @Override
        public void close() {
            connection.close();
        }
    }

    GuestConnections() {
        var _ = sweeper.scheduleWithFixedDelay(this::sweep, SWEEP.toMillis(), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Place place(Visit visit) {
        return new Place(visit.machine().id(), visit.machine().instance().map(it -> it.process()), visit.port());
    }

    /**
     * An idle connection, or a new one.
     *
     * @param longest how long it may have been idle
     */
    Lease take(Visit visit, Duration longest) {
        Deque<Idle> waiting = idle.get(place(visit));
        long oldest = System.nanoTime() - longest.toNanos();
        while (waiting != null) {
            Idle next;
            synchronized (waiting) {
                next = waiting.pollLast();
            }
            if (next == null) {
                break;
            }
            if (next.since() - oldest >= 0 && next.connection().isQuiet()) {
                next.response().expectAnother();
                return new Lease(next.connection(), next.response(), true);
            }
            next.connection().close();
        }
        return fresh(visit);
    }

    Lease fresh(Visit visit) {
        PortConnection connection = visit.connect();
        return new Lease(connection, new GuestResponse(connection), false);
    }

    /** Keeps a connection whose response is complete. */
    void giveBack(Visit visit, Lease lease) {
        Deque<Idle> waiting = idle.computeIfAbsent(place(visit), _ -> new ArrayDeque<>());
        synchronized (waiting) {
            if (waiting.size() < MAX_IDLE && !sweeper.isShutdown()) {
                waiting.addLast(new Idle(lease.connection(), lease.response(), System.nanoTime()));
                return;
            }
        }
        lease.close();
    }

    private void sweep() {
        closeOlderThan(System.nanoTime() - IDLE.toNanos());
    }

    private void closeOlderThan(long moment) {
        for (Map.Entry<Place, Deque<Idle>> entry : idle.entrySet()) {
            Deque<Idle> waiting = entry.getValue();
            synchronized (waiting) {
                while (!waiting.isEmpty() && waiting.getFirst().since() - moment <= 0) {
                    waiting.removeFirst().connection().close();
                }
            }
            idle.computeIfPresent(entry.getKey(), (_, now) -> isEmpty(now) ? null : now);
        }
    }

    private static boolean isEmpty(Deque<Idle> waiting) {
        synchronized (waiting) {
            return waiting.isEmpty();
        }
    }

    @Override
    public void close() {
        sweeper.shutdown();
        closeOlderThan(System.nanoTime());
    }
}
