package dev.hyperfleet.core;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Port: monotonic time, unaffected by changes of the host's clock. It is for deadlines; a {@link java.time.Clock} is
 * for dates. Safe for concurrent use.
 */
public interface MonotonicClock {
    /** The time of the Java virtual machine. */
    MonotonicClock SYSTEM = new MonotonicClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public <T> T await(Future<T> event, Duration timeout)
                throws InterruptedException, ExecutionException, TimeoutException {
            return event.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        }
    };

    /** Nanoseconds since an arbitrary moment; only differences are meaningful. */
    long nanoTime();

    /**
     * Waits for a future, and returns its value.
     *
     * @param timeout at most 292 years
     * @throws TimeoutException if it is not done in time
     */
    <T> T await(Future<T> event, Duration timeout) throws InterruptedException, ExecutionException, TimeoutException;

    /**
     * Waits for an event that never completes with a failure.
     *
     * @param timeout at most 292 years; if not positive, this does not wait
     * @return whether it occurred in time
     */
    default boolean comes(Future<?> event, Duration timeout) throws InterruptedException {
        if (!timeout.isPositive()) {
            return event.isDone();
        }
        try {
            var _ = await(event, timeout);
            return true;
        } catch (TimeoutException late) {
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("it never completes with a failure", impossible);
        }
    }
}
