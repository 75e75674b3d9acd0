package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Proxied.Way;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Many copies of a machine, which are suspended, and woken by requests all at once. HYPERFLEET_TEST_COPIES sets the
 * number (6).
 */
@MeasuresTime
class SuspendedFleetTest {
    private static final int MACHINES = Integer.parseInt(
            Optional.ofNullable(System.getenv("HYPERFLEET_TEST_COPIES")).orElse("6"));
    private static final int MOST_AT_ONCE = 100;
    private static final int WORKERS = 4;

    @TempDir
    Path state;

    private interface Work {
        String of(int number) throws Exception;
    }

    private static List<String> forAll(int atOnce, Work work) throws Exception {
        Semaphore places = new Semaphore(atOnce);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> results = new ArrayList<>();
            for (int number = 1; number <= MACHINES; number++) {
                int each = number;
                results.add(threads.submit(() -> {
                    places.acquire();
                    try {
                        return work.of(each);
                    } finally {
                        places.release();
                    }
                }));
            }
            List<String> values = new ArrayList<>();
            for (Future<String> result : results) {
                values.add(result.get());
            }
            return values;
        }
    }

    private static String name(int number) {
        return "copy-" + number;
    }

    private static void fork(Api api, String source) {
        for (int first = 1; first <= MACHINES; first += MOST_AT_ONCE) {
            List<String> names = new ArrayList<>();
            for (int number = first; number < first + MOST_AT_ONCE && number <= MACHINES; number++) {
                names.add(name(number));
            }
            Response forked = api.post("/machines/" + source + "/fork", Map.of("names", names));
            assumeThat(forked.code()).as(forked.message()).isNotEqualTo("UNSUPPORTED");
            for (JsonNode copy : forked.json().path("copies")) {
                assertThat(copy.path("error").isNull()).as(copy.toString()).isTrue();
            }
        }
    }

    @Test
    void copiesDifferAndWakeUpWhereTheyWereAfterTheEndOfTheServer() throws Exception {
        Map<String, String> settings = Map.of("HYPERFLEET_MAX_MEM_SIZE_MIB", "none", "HYPERFLEET_MAX_RUNNING", "none");
        ServerProcess server = ServerProcess.start(state, settings);
        try {
            Api api = server.api();
            String source = WebApplication.run(api, "source", Map.of("autostart", true));
            long began = System.nanoTime();
            fork(api, source);
            System.out.printf("%d copies: %s%n", MACHINES, since(began));
            String random = "head -c 16 /dev/urandom | od -An -tx1; cat /proc/sys/kernel/random/uuid";
            List<String> values = forAll(
                    WORKERS,
                    number -> api.exec(name(number), "sh", "-c", random).field("stdout"));
            assertThat(new HashSet<>(values)).hasSize(MACHINES);
            began = System.nanoTime();
            List<String> suspended = forAll(
                    WORKERS,
                    number -> api.post("/machines/" + name(number) + "/suspend").field("status"));
            System.out.printf("%d suspended: %s%n", MACHINES, since(began));
            assertThat(suspended).hasSize(MACHINES).containsOnly("suspended");

            server.kill();
            server = ServerProcess.start(state, settings);
            String proxy = server.proxy;
            began = System.nanoTime();
            List<String> answers = forAll(MACHINES, number -> {
                Proxied web = new Proxied(
                        proxy, Way.PATH, name(number), WebApplication.PORT, Optional.empty(), Version.HTTP_1_1);
                HttpResponse<String> answer = web.get("/seen");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                return Proxied.seen(answer).get("served").asString();
            });
            System.out.printf("%d woken by requests at once: %s%n", MACHINES, since(began));
            assertThat(answers).hasSize(MACHINES).containsOnly("1");
        } finally {
            server.close();
        }
        Leftovers.assertNone(state);
    }

    private static String since(long nanoseconds) {
        return "%.1f s".formatted((System.nanoTime() - nanoseconds) / 1e9);
    }
}
