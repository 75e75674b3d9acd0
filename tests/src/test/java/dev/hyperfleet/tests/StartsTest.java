package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * HYPERFLEET_TEST_STARTS (6) starts of real machines on a host whose cores are also busy otherwise: each is answered.
 */
@MeasuresTime
class StartsTest {
    private static final int STARTS = Integer.parseInt(
            Optional.ofNullable(System.getenv("HYPERFLEET_TEST_STARTS")).orElse("6"));
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final Pattern REPEATED = Pattern.compile("hyperfleet_machine_boots_repeated_total (\\d+)");

    @TempDir
    Path state;

    private final List<Long> milliseconds = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger next = new AtomicInteger();

    @Test
    @Timeout(value = 12, unit = TimeUnit.HOURS) // as long as the requested starts take
    void everyStartIsAnsweredOnABusyHost() throws Exception {
        List<Process> load = new ArrayList<>();
        try (ServerProcess server = ServerProcess.startCold(state)) {
            for (int i = 0; i < CORES; i++) {
                load.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
            }
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> workers = new ArrayList<>();
                for (int i = 0; i < CORES; i++) {
                    workers.add(threads.submit(() -> liveOneAfterTheOther(server.api())));
                }
                for (Future<?> worker : workers) {
                    worker.get();
                }
            }
            report(server.api());
        } finally {
            load.forEach(Process::destroyForcibly);
        }
        Leftovers.assertNone(state);
    }

    private void liveOneAfterTheOther(Api api) {
        for (int number = next.incrementAndGet(); number <= STARTS; number = next.incrementAndGet()) {
            String id = api.create("start-" + number);
            String path = "/machines/" + id;
            long began = System.nanoTime();
            Response start = api.post(path + "/start");
            milliseconds.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            assertThat(start.status()).as(() -> evidence(id, start.message())).isEqualTo(200);
            assertThat(api.post(path + "/stop").status()).isEqualTo(200);
            assertThat(api.delete(path).status()).isEqualTo(204);
        }
    }

    /** The server's logs of a start that timed out; the test's folder is removed with the test. */
    private String evidence(String id, String message) {
        StringBuilder text = new StringBuilder(message);
        try (Stream<Path> files =
                Files.list(state.resolve("machines").resolve(id).resolve("failed-start"))) {
            for (Path file : files.sorted().toList()) {
                text.append("\n--- ").append(file.getFileName()).append('\n');
                text.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException none) {
            text.append("\nnothing was kept: ").append(none);
        }
        return text.toString();
    }

    private void report(Api api) {
        List<Long> sorted = milliseconds.stream().sorted().toList();
        Matcher repeated = REPEATED.matcher(new String(api.get("/metrics").body(), StandardCharsets.UTF_8));
        System.out.printf(
                "%d starts, %d busy cores: p50 %d ms, worst %d ms; %s boots repeated%n",
                sorted.size(),
                CORES,
                sorted.get(sorted.size() / 2),
                sorted.getLast(),
                repeated.find() ? repeated.group(1) : "no");
    }

    /** The kernel is configured to run without its timer, as it does by itself when its host is too busy. */
    @Test
    void aGuestWithoutATimerSaysSoInsteadOfHanging() throws IOException {
        try (ServerProcess server =
                ServerProcess.start(state, Map.of("HYPERFLEET_KERNEL_ARGS", "console=ttyS0 reboot=k nolapic_timer"))) {
            Api api = server.api();
            Response start = api.post("/machines/" + api.create("timeless") + "/start");
            assertThat(start.status()).isEqualTo(502);
            assertThat(start.message()).contains("no timer fires");
            assertThat(new String(api.get("/metrics").body(), StandardCharsets.UTF_8))
                    .contains("hyperfleet_machine_boots_repeated_total 2.0");
        }
        Leftovers.assertNone(state);
    }
}
