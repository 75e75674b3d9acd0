package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Limits on one client's request rate and its use of the host. */
class LimitsTest {
    @TempDir
    Path state;

    private String key(String name, String... options) {
        List<String> arguments = new ArrayList<>(List.of("keys", "create", name));
        arguments.addAll(List.of(options));
        Cli.Result key = Cli.run(state, arguments.toArray(String[]::new));
        assertThat(key.exitCode()).as(key.output()).isZero();
        return key.output().strip();
    }

    @Test
    void aClientThatFloodsIsToldWhenToComeAgainAndOthersDoNotFeelIt() throws Exception {
        String flooding = key("flooding");
        String quiet = key("quiet");
        try (ServerProcess server = ServerProcess.startWithKey(state, Map.of("HYPERFLEET_RATE_LIMIT", "50"), quiet)) {
            List<Response> answers = atOnce(300, () -> server.api(flooding).get("/machines"));
            List<Response> refused =
                    answers.stream().filter(answer -> answer.status() != 200).toList();
            assertThat(answers.size() - refused.size()).isBetween(100, 200);
            assertThat(refused).allSatisfy(answer -> {
                assertThat(answer.status()).isEqualTo(429);
                assertThat(answer.code()).isEqualTo("TOO_MANY_REQUESTS");
                assertThat(Integer.parseInt(answer.header("retry-after").orElseThrow()))
                        .isBetween(1, 2);
            });
            assertThat(server.api().get("/machines").status()).isEqualTo(200);

            // A client that guesses keys counts as one, whatever the keys are.
            List<Response> guesses = atOnce(300, () -> server.api("hf_guess").get("/machines"));
            assertThat(guesses).extracting(Response::status).containsOnly(401, 429);
            assertThat(server.api().get("/machines").status()).isEqualTo(200);
        }
    }

    private static List<Response> atOnce(int count, Callable<Response> request) throws Exception {
        List<Response> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Response>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(threads.submit(request));
            }
            for (Future<Response> one : all) {
                answers.add(one.get());
            }
        }
        return answers;
    }

    @Test
    void aKeyMayHaveNoMoreThanItsQuotaWhateverItDoesAtOnce() throws Exception {
        String small = key("small", "--max-machines", "2", "--max-running", "1", "--max-mem-size-mib", "256");
        String other = key("other");
        try (ServerProcess server = ServerProcess.startWithKey(state, Map.of("HYPERFLEET_MAX_MACHINES", "5"), other)) {
            Api api = server.api(small);
            List<Response> made = atOnce(
                    6,
                    () -> api.post(
                            "/machines",
                            Map.of("name", "m" + System.nanoTime(), "vcpu_count", 1, "mem_size_mib", 256)));
            List<String> ids = made.stream()
                    .filter(answer -> answer.status() == 201)
                    .map(answer -> answer.field("id"))
                    .toList();
            assertThat(ids).hasSize(2);
            assertThat(made.stream().filter(answer -> answer.status() == 403))
                    .hasSize(4)
                    .allSatisfy(answer -> {
                        assertThat(answer.code()).isEqualTo("QUOTA_EXCEEDED");
                        assertThat(answer.message())
                                .isEqualTo("API key 'small' may have 2 machines, has 2, and this requires 1 more."
                                        + " Delete one, or have the quota raised.");
                    });
            assertThat(api.get("/machines/" + ids.getFirst()).field("owner")).isEqualTo("small");

            List<Response> starts = new ArrayList<>();
            for (String id : ids) {
                starts.add(api.post("/machines/" + id + "/start"));
            }
            assertThat(starts).extracting(Response::status).containsExactly(200, 403);
            assertThat(starts.getLast().message()).contains("running machines");
            assertThat(api.status(ids.getLast())).isEqualTo("pending");
            assertUsed(api.get("/quota").json().get("key"), 2, 1, 256);

            // It counts for its creator, regardless of who starts it.
            assertThat(server.api()
                            .post("/machines/" + ids.getLast() + "/start")
                            .code())
                    .isEqualTo("QUOTA_EXCEEDED");
            for (int i = 0; i < 3; i++) {
                server.api().create("other" + i);
            }
            Response full =
                    server.api().post("/machines", Map.of("name", "one-more", "vcpu_count", 1, "mem_size_mib", 256));
            assertThat(full.message()).startsWith("This host may have 5 machines");

            server.kill();
            try (ServerProcess next = ServerProcess.startWithKey(state, Map.of(), other)) {
                Api again = next.api(small);
                assertUsed(again.get("/quota").json().get("key"), 2, 1, 256);
                assertThat(again.post("/machines/" + ids.getFirst() + "/stop").status())
                        .isEqualTo(200);
                assertThat(again.delete("/machines/" + ids.getFirst()).status()).isEqualTo(204);
                assertUsed(again.get("/quota").json().get("key"), 1, 0, 0);
                JsonNode host = again.get("/quota").json().get("host");
                assertThat(host.get("machines").get("used").asInt()).isEqualTo(4);
                assertThat(host.get("machines").get("limit").isNull()).isTrue();
            }
        }
        Leftovers.assertNone(state);
    }

    @Test
    void aServerHasAQuotaOfItsHostsSizeUnlessItIsToldOtherwise() throws Exception {
        Map<String, String> unset =
                Map.of("HYPERFLEET_MAX_MACHINES", "", "HYPERFLEET_MAX_RUNNING", "", "HYPERFLEET_MAX_MEM_SIZE_MIB", "");
        try (ServerProcess server = ServerProcess.start(state, unset)) {
            JsonNode host = server.api().get("/quota").json().get("host");
            assertThat(host.get("machines").get("limit").asLong()).isBetween(100L, 5_000L);
            assertThat(host.get("running").get("limit").asLong()).isPositive();
            assertThat(host.get("mem_size_mib").get("limit").asLong()).isGreaterThan(500);
            assertThat(host.get("vcpus").get("limit").isNull()).isTrue();
        }
        try (ServerProcess server = ServerProcess.start(state, Map.of("HYPERFLEET_MAX_MACHINES", "none"))) {
            assertThat(server.api()
                            .get("/quota")
                            .json()
                            .at("/host/machines/limit")
                            .isNull())
                    .isTrue();
        }
    }

    private static void assertUsed(JsonNode amounts, int machines, int running, int memSizeMib) {
        assertThat(amounts.get("machines").get("used").asInt()).isEqualTo(machines);
        assertThat(amounts.get("running").get("used").asInt()).isEqualTo(running);
        assertThat(amounts.get("mem_size_mib").get("used").asInt()).isEqualTo(memSizeMib);
    }
}
