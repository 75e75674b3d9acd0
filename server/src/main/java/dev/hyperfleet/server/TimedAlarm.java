package dev.hyperfleet.server;

import dev.hyperfleet.core.Alarm;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread waits for all due times; the actions run on other threads. */
final class TimedAlarm implements Alarm, AutoCloseable {
    /** There is no notification when the clock is set, or the host wakes up from sleep. */
    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);

    private final ScheduledThreadPoolExecutor waiting = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("alarm").factory());
    private final Clock clock;
    private final Executor executor;
    private final Duration lookEvery;

    TimedAlarm(Clock clock, Executor executor) {
        this(clock, executor, LOOK_EVERY);
    }

    TimedAlarm(Clock clock, Executor executor, Duration lookEvery) {
        this.lookEvery = lookEvery;
        this.clock = clock;
        this.executor = executor;
    }

    @Override
    public void at(Instant time, Runnable action) {
        long delay = Math.max(0, Duration.between(clock.instant(), time).toMillis() + 1);
        try {
            var _ = waiting.schedule(
                    () -> lookAt(time, action), Math.min(delay, lookEvery.toMillis()), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            // The server's next start finds what is due.
        }
    }

    private void lookAt(Instant time, Runnable action) {
        if (clock.instant().isBefore(time)) {
            at(time, action);
        } else {
            executor.execute(action);
        }
    }

    @Override
    public void close() {
        waiting.shutdownNow();
    }
}
