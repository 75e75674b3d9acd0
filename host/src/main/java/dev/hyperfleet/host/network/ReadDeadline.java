package dev.hyperfleet.host.network;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a read that takes too long. A timed read of the JDK costs a thread's wake-up each; this class sets a timer for
 * the first of many reads, and moves it only when it fires. Safe for concurrent use; one read at a time.
 */
final class ReadDeadline {
    private static final ScheduledExecutorService ALARMS = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("read-deadlines").factory());

    private final Runnable onTimeout;
    private @Nullable Future<?> alarm;
    private long ringsAt;
    private long due;
    private boolean reading;
    private boolean missed;

    /** Creates a deadline for reads, which this action ends. */
    ReadDeadline(Runnable onTimeout) {
        this.onTimeout = onTimeout;
    }

    /** A read begins. */
    synchronized void begin(Duration timeout) {
        reading = true;
        due = System.nanoTime() + timeout.toNanos();
        if (alarm == null || due - ringsAt < 0) {
            cancel();
            set();
        }
    }

    /**
     * The read has ended.
     *
     * @throws SocketTimeoutException if it timed out
     */
    synchronized void end() throws SocketTimeoutException {
        reading = false;
        if (missed) {
            throw new SocketTimeoutException("nothing arrived in time");
        }
    }

    /** No further read follows. */
    synchronized void cancel() {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    private void set() {
        ringsAt = due;
        alarm = ALARMS.schedule(this::ring, due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private synchronized void ring() {
        if (System.nanoTime() - ringsAt < 0) {
            return; // it fired while it was being replaced
        }
        alarm = null;
        if (!reading) {
            return;
        }
        if (due - System.nanoTime() > 0) {
            set();
            return;
        }
        missed = true;
        onTimeout.run();
    }
}
