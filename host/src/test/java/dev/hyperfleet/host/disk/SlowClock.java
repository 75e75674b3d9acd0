package dev.hyperfleet.host.disk;

import dev.hyperfleet.core.MonotonicClock;
import java.time.Duration;
import java.util.concurrent.Future;

/** A clock that advances with each reading, as if the work since the last one had taken time. */
final class SlowClock implements MonotonicClock {
    private final Duration step;
    private Duration passed = Duration.ZERO;

    SlowClock(Duration step) {
        this.step = step;
    }

    Duration passed() {
        return passed;
    }

    @Override
    public long nanoTime() {
        passed = passed.plus(step);
        return passed.toNanos();
    }

    @Override
    public <T> T await(Future<T> event, Duration timeout) {
        throw new UnsupportedOperationException();
    }
}
