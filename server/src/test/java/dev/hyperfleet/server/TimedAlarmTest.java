package dev.hyperfleet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TimedAlarmTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicReference<Instant> time = new AtomicReference<>(NOW);
    private final InstantSource source = time::get;
    private final Clock clock = source.withZone(ZoneOffset.UTC);
    private final CountDownLatch rung = new CountDownLatch(1);

    @Test
    void itRingsWhenTheClockIsSetBeyondItsTime() throws Exception {
        try (TimedAlarm alarm = new TimedAlarm(clock, Runnable::run, Duration.ofMillis(1))) {
            alarm.at(NOW.plus(Duration.ofHours(1)), rung::countDown);
            time.set(NOW.plus(Duration.ofHours(2)));
            assertThat(rung.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void itDoesNotRingBeforeItsTimeByAClockThatWasSetBack() throws Exception {
        CountDownLatch later = new CountDownLatch(1);
        try (TimedAlarm alarm = new TimedAlarm(clock, Runnable::run, Duration.ofMillis(1))) {
            alarm.at(NOW.plusMillis(2), rung::countDown);
            time.set(NOW.minus(Duration.ofHours(1)));
            alarm.at(NOW.minus(Duration.ofHours(2)), later::countDown);
            assertThat(later.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(rung.getCount()).isOne();
        }
    }
}
