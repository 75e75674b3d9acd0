package dev.hyperfleet.core.simulation;

import java.lang.reflect.Constructor;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * Runs virtual threads one at a time, on the calling thread, each until it blocks; chance selects the next. Time passes
 * only when none can run, and then at once. So the same seed gives the same run, whatever the threads do. For one
 * thread.
 *
 * <p>The public builder of virtual threads does not accept a scheduler; the JDK's own tests use the constructor that is
 * used here.
 */
final class Scheduler {
    private static final Constructor<?> BUILDER = builder();
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final int MAX_TURNS_AT_A_TIME = 20_000;

    private final RandomGenerator random;
    private final List<Runnable> ready = new ArrayList<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::due).thenComparingLong(Timer::number));
    private final PriorityQueue<Timer> alarms =
            new PriorityQueue<>(Comparator.comparingLong(Timer::due).thenComparingLong(Timer::number));
    private long now;
    private long offset; // of the settable clock
    private long timersMade;

    private record Timer(long due, long number, Runnable action) {}

    Scheduler(RandomGenerator random) {
        this.random = random;
    }

    private static Constructor<?> builder() {
        try {
            Constructor<?> constructor = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                    .getDeclaredConstructor(Executor.class);
            constructor.setAccessible(true);
            return constructor;
        } catch (ReflectiveOperationException other) {
            throw new IllegalStateException("this JDK makes its virtual threads in another way", other);
        }
    }

    /**
     * A thread that is not started yet.
     *
     * @param turns is given each of its turns, and passes it to {@link #ready}
     */
    static Thread thread(Executor turns, Runnable task) {
        try {
            return ((Thread.Builder) BUILDER.newInstance(turns)).unstarted(task);
        } catch (ReflectiveOperationException other) {
            throw new IllegalStateException("this JDK makes its virtual threads in another way", other);
        }
    }

    /** A task can run now. */
    void ready(Runnable turn) {
        ready.add(turn);
    }

    /** Runs an action after a delay; not on a thread, so it must not block. */
    void after(Duration delay, Runnable action) {
        timers.add(new Timer(now + delay.toNanos(), timersMade++, action));
    }

    /** Runs an action at a time of the clock. */
    void at(Instant time, Runnable action) {
        alarms.add(new Timer(nanos(time), timersMade++, action));
    }

    /** Sets the clock forward, or back. */
    void jump(Duration distance) {
        offset += distance.toNanos();
    }

    long nanoTime() {
        return now;
    }

    private static long nanos(Instant time) {
        return Duration.between(BEGIN, time).toNanos();
    }

    /** The settable clock. */
    Clock clock() {
        return new Clock() {
            @Override
            public Instant instant() {
                return BEGIN.plusNanos(now + offset);
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return Clock.fixed(instant(), zone);
            }
        };
    }

    /**
     * Runs all tasks for this time.
     *
     * @param whenQuiet is called each time that nothing can run before time passes
     */
    void run(Duration length, Runnable whenQuiet) {
        long end = now + length.toNanos();
        while (true) {
            runReady();
            whenQuiet.run();
            if (!ready.isEmpty()) {
                continue;
            }
            boolean alarmIsNext = !alarms.isEmpty()
                    && (timers.isEmpty()
                            || alarms.peek().due() - offset <= timers.peek().due());
            PriorityQueue<Timer> queue = alarmIsNext ? alarms : timers;
            long due = queue.isEmpty() ? Long.MAX_VALUE : queue.peek().due() - (alarmIsNext ? offset : 0);
            if (due > end) {
                now = end;
                return;
            }
            now = Math.max(now, due);
            queue.remove().action().run();
        }
    }

    private void runReady() {
        for (int turns = 0; !ready.isEmpty(); turns++) {
            if (turns == MAX_TURNS_AT_A_TIME) {
                throw new Violation("threads run for ever while no time passes");
            }
            int next = random.nextInt(ready.size());
            Runnable turn = ready.get(next);
            ready.set(next, ready.getLast());
            ready.removeLast();
            turn.run();
        }
    }
}
