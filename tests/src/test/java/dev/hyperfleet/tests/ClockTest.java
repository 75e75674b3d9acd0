package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Guests' clocks show the host's time. */
@ExtendWith(SharedServer.class)
@MeasuresTime
class ClockTest {
    private static final Duration PAUSE = Duration.ofSeconds(4);
    private static final Duration LOAD = Duration.ofSeconds(40);
    private static final Duration MAX_OFF = Duration.ofMillis(200).multipliedBy(TestHome.SLOWNESS);
    private static final Duration MAX_DRIFT = Duration.ofMillis(100).multipliedBy(TestHome.SLOWNESS);
    private static final int READINGS = 20;

    private final Api api;

    ClockTest(Shared shared) {
        this.api = shared.api();
    }

    /** How far the guest's clock is ahead, with its uncertainty: half of the duration of the request. */
    private record Offset(Duration ahead, Duration uncertainty) {
        Offset since(Offset before) {
            return new Offset(ahead.minus(before.ahead), uncertainty.plus(before.uncertainty));
        }

        /** The certain part of the offset. */
        Duration atLeast() {
            Duration sure = ahead.abs().minus(uncertainty);
            return sure.isNegative() ? Duration.ZERO : sure;
        }
    }

    /** Measured by the start time of a process, which is the guest's; the most certain of several readings. */
    private Offset offset(String id) {
        return IntStream.range(0, READINGS)
                .mapToObj(_ -> read(id))
                .min(Comparator.comparing(Offset::uncertainty))
                .orElseThrow();
    }

    private Offset read(String id) {
        Instant begin = Instant.now();
        Response process = api.post("/machines/" + id + "/processes", Map.of("command", new String[] {"true"}));
        Duration half = Duration.between(begin, Instant.now()).dividedBy(2);
        assertThat(process.status()).as(process.message()).isEqualTo(201);
        return new Offset(Duration.between(begin.plus(half), Instant.parse(process.field("started_at"))), half);
    }

    private void remove(String id) {
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    @Test
    void areRightAfterAStartAndAfterAPause() throws InterruptedException {
        String id = api.run("paused-clock");
        assertThat(offset(id).atLeast()).as("after the start").isLessThan(MAX_OFF);
        assertThat(api.post("/machines/" + id + "/pause").status()).isEqualTo(200);
        Thread.sleep(PAUSE); // a pause has to last
        assertThat(api.post("/machines/" + id + "/resume").status()).isEqualTo(200);
        assertThat(offset(id).atLeast()).as("after the pause").isLessThan(MAX_OFF);
        remove(id);
    }

    @Test
    void doNotDriftOnABusyHost() {
        int threads = 2 * Runtime.getRuntime().availableProcessors();
        Offset before;
        String id;
        try (ExecutorService load = Executors.newFixedThreadPool(threads)) {
            long end = System.nanoTime() + LOAD.toNanos();
            for (int thread = 0; thread < threads; thread++) {
                load.execute(() -> {
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                });
            }
            id = api.run("drifting-clock");
            before = offset(id);
        }
        Offset drift = offset(id).since(before);
        assertThat(drift.atLeast()).as(drift.toString()).isLessThan(MAX_DRIFT);
        remove(id);
    }
}
