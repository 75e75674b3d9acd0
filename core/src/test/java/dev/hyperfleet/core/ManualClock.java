package dev.hyperfleet.core;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that only a test advances, for code that does not wait with it. Safe for concurrent use. */
public final class ManualClock implements MonotonicClock {
    private final AtomicLong now = new AtomicLong(-5); // monotonic clocks begin anywhere

    public void advance(Duration duration) {
        now.addAndGet(duration.toNanos());
    }

    @Override
    public long nanoTime() {
        return now.get();
    }

    @Override
    public <T> T await(Future<T> event, Duration timeout) {
        throw new UnsupportedOperationException("this clock is only read");
    }
}
