package dev.hyperfleet.server;

import dev.hyperfleet.core.Alarm;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread waits for all that is to be done later; what it does runs elsewhere. */
final class TimedAlarm implements Alarm, AutoCloseable {
    private final ScheduledThreadPoolExecutor waiting = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("alarm").factory());
    private final Clock clock;
    private final Executor executor;

    TimedAlarm(Clock clock, Executor executor) {
        this.clock = clock;
        this.executor = executor;
    }

    @Override
    public void at(Instant time, Runnable action) {
        long delay = Math.max(0, Duration.between(clock.instant(), time).toMillis());
        try {
            var _ = waiting.schedule(() -> executor.execute(action), delay, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            // What is due is found again when the server starts next.
        }
    }

    @Override
    public void close() {
        waiting.shutdownNow();
    }
}
