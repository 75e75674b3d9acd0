package dev.hyperfleet.host.network;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a read that takes too long. A timed read of the JDK's costs a thread's wake-up each; this one sets an alarm
 * for the first of many reads, and moves it only when it rings. Safe for concurrent use; one read at a time.
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

    /** A deadline for reads that this ends. */
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
     * @throws SocketTimeoutException for one that was late
     */
    synchronized void end() throws SocketTimeoutException {
        reading = false;
        if (missed) {
            throw new SocketTimeoutException("nothing has come in time");
        }
    }

    /** There will be no other. */
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
            return; // it rang while another was set in its place
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
