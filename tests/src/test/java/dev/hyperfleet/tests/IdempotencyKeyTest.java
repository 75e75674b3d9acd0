package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A request with an Idempotency-Key is carried out once, whatever happens in between. */
@ExtendWith(SharedServer.class)
class IdempotencyKeyTest {
    private static final String HEADER = "Idempotency-Key";

    private final ServerProcess server;
    private final Api api;
    private final String runningId;

    @TempDir
    Path state;

    IdempotencyKeyTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
        this.runningId = shared.runningId();
    }

    private static Response create(Api api, String name, String key) {
        return api.request(
                "POST", "/machines", Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256), HEADER, key);
    }

    private static void assertReplayed(Response again, Response first) {
        assertThat(again.header("idempotent-replayed")).contains("true");
        assertThat(first.header("idempotent-replayed")).isEmpty();
        assertThat(again.status()).isEqualTo(first.status());
        assertThat(again.body()).isEqualTo(first.body());
        for (String header : List.of("content-type", "location", "etag")) {
            assertThat(again.header(header)).isEqualTo(first.header(header));
        }
        assertThat(again.header("x-request-id")).isNotEqualTo(first.header("x-request-id"));
    }

    private static int count(Api api) {
        return api.get("/machines").json().get("total").asInt();
    }

    @Test
    void aRepeatedCreateMakesOneMachineAndGetsTheSameAnswer() {
        int before = count(api);
        Response first = create(api, "repeated", "create-repeated");
        assertThat(first.status()).isEqualTo(201);
        for (int i = 0; i < 3; i++) {
            assertReplayed(create(api, "repeated", "create-repeated"), first);
        }
        assertThat(count(api)).isEqualTo(before + 1);
        String path = "/machines/" + first.field("id");
        Response deleted = api.request("DELETE", path, HEADER, "delete-repeated");
        assertThat(deleted.status()).isEqualTo(204);
        assertReplayed(api.request("DELETE", path, HEADER, "delete-repeated"), deleted);
        assertThat(api.delete(path).status()).isEqualTo(404);
        assertThat(create(api, "repeated", "create-repeated").field("id"))
                .as("also when the machine is gone")
                .isEqualTo(first.field("id"));
    }

    @Test
    void manyRepetitionsAtOnceMakeOneMachine() throws Exception {
        int before = count(api);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Response>> answers = java.util.stream.IntStream.range(0, 20)
                    .mapToObj(_ -> threads.submit(() -> create(api, "at-once", "create-at-once")))
                    .toList();
            for (Future<Response> answer : answers) {
                Response got = answer.get();
                assertThat(got.status() == 201 || got.code().equals("IDEMPOTENCY_KEY_IN_USE"))
                        .as(got.message())
                        .isTrue();
            }
        }
        assertThat(count(api)).isEqualTo(before + 1);
        api.delete("/machines/" + create(api, "at-once", "create-at-once").field("id"));
    }

    @Test
    void aKillOfTheServerForgetsNoAnswer() throws Exception {
        Response created;
        Response refused;
        try (ServerProcess first = ServerProcess.start(state)) {
            created = create(first.api(), "survivor", "key-1");
            refused = create(first.api(), "survivor", "key-2");
            assertThat(refused.status()).isEqualTo(409);
            first.kill();
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            assertReplayed(create(second.api(), "survivor", "key-1"), created);
            assertReplayed(create(second.api(), "survivor", "key-2"), refused);
            assertThat(count(second.api())).isOne();
        }
    }

    @Test
    void whatAServerDiesInIsBroughtToItsEndByARepetitionAndIsNotDoneTwice() throws Exception {
        String id;
        try (ServerProcess first = ServerProcess.start(state);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            id = first.api().create("half-started");
            Future<?> start = threads.submit(() -> start(first.api(), id, "start-1"));
            first.api().get("/machines/" + id + "/wait?status=starting");
            first.kill();
            assertThat(start).failsWithin(Duration.ofSeconds(30));
        }
        try (ServerProcess second = ServerProcess.start(state);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Response started = start(second.api(), id, "start-1");
            assertThat(started.field("status")).as(started.message()).isEqualTo("running");
            assertThat(start(second.api(), id, "start-1").body()).isEqualTo(started.body());
            second.api().exec(id, "mkfifo", "/tmp/begun");
            Future<?> exec = threads.submit(() -> exec(second.api(), id, "exec-1", "echo > /tmp/begun; sleep 60"));
            assertThat(second.api().exec(id, "cat", "/tmp/begun").status()).isEqualTo(200);
            second.kill();
            assertThat(exec).failsWithin(Duration.ofSeconds(30));
        }
        try (ServerProcess third = ServerProcess.start(state)) {
            Response unknown = exec(third.api(), id, "exec-1", "echo > /tmp/begun; sleep 60");
            assertThat(unknown.status()).isEqualTo(409);
            assertThat(unknown.code()).isEqualTo("OUTCOME_UNKNOWN");
            assertThat(exec(third.api(), id, "exec-2", "true").status()).isEqualTo(200);
        }
    }

    private static Response start(Api api, String id, String key) {
        return api.request("POST", "/machines/" + id + "/start", HEADER, key);
    }

    private static Response exec(Api api, String id, String key, String script) {
        return api.request(
                "POST", "/machines/" + id + "/exec", Map.of("command", List.of("sh", "-c", script)), HEADER, key);
    }

    @Test
    void aRepetitionWhileTheFirstIsUnderWayIsRefusedAndGetsItsAnswerAfterwards() throws Exception {
        String id = api.create("under-way");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Response> first = threads.submit(() -> start(api, id, "start-under-way"));
            assertThat(api.get("/machines/" + id + "/wait?status=starting").status())
                    .isEqualTo(200);
            Response meanwhile = start(api, id, "start-under-way");
            assertThat(meanwhile.status()).isEqualTo(409);
            assertThat(meanwhile.code()).isEqualTo("IDEMPOTENCY_KEY_IN_USE");
            assertThat(first.get().field("status")).isEqualTo("running");
            assertReplayed(start(api, id, "start-under-way"), first.get());
        } finally {
            api.post("/machines/" + id + "/stop");
            api.delete("/machines/" + id);
        }
    }

    @Test
    void aCommandIsRunOnceForItsKey() {
        String script = "echo x >> /tmp/counted; cat /tmp/counted";
        Response first = exec(api, runningId, "count-1", script);
        assertThat(first.field("stdout")).isEqualTo("x\n");
        assertReplayed(exec(api, runningId, "count-1", script), first);
        assertThat(exec(api, runningId, "count-2", script).field("stdout")).isEqualTo("x\nx\n");
        String large = "head -c 70000 /dev/zero | tr '\\0' x; echo x >> /tmp/counted";
        assertThat(exec(api, runningId, "count-3", large).field("stdout")).hasSize(70_000);
        assertThat(exec(api, runningId, "count-3", large).code()).isEqualTo("OUTCOME_UNKNOWN");
        assertThat(exec(api, runningId, "count-4", "wc -l < /tmp/counted").field("stdout"))
                .isEqualTo("3\n");
    }

    @Test
    void aKeyIsForOneRequestWhicheverTheOtherIs() {
        api.request("POST", "/machines/abcdefghijkl/stop", HEADER, "one-request");
        for (ApiDescription.Operation operation : ApiDescription.INSTANCE.changes()) {
            boolean streams = operation.method().equals("PUT")
                    || (operation.method().equals("POST") && operation.path().equals("/snapshots"));
            if (!streams && !operation.path().endsWith("/stop")) {
                Response other = api.request(operation.method(), operation.of("abcdefghijkl"), HEADER, "one-request");
                assertThat(other.code()).as(operation.toString()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
                assertThat(other.status()).isEqualTo(422);
            }
        }
        assertThat(api.request("POST", "/machines/abcdefghijkm/stop", HEADER, "one-request")
                        .status())
                .isEqualTo(422);
        String forced = "/machines/abcdefghijkl?force=";
        assertThat(api.request("DELETE", forced + true, HEADER, "one-query").status())
                .isEqualTo(404);
        assertThat(api.request("DELETE", forced + false, HEADER, "one-query").status())
                .isEqualTo(422);
        assertThat(api.request("POST", "/machines/abcdefghijkl/stop", Map.of("a", 1), HEADER, "one-request")
                        .status())
                .isEqualTo(422);
        assertThat(api.request("POST", "/machines/abcdefghijkl/stop", HEADER, "one-request")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aRefusalIsAnAnswerToo() {
        String id = api.create("taken");
        Response refused = create(api, "taken", "create-taken");
        assertThat(refused.code()).isEqualTo("CONFLICT");
        api.delete("/machines/" + id);
        assertReplayed(create(api, "taken", "create-taken"), refused);
    }

    @Test
    void eachApiKeyHasItsOwn() {
        Api other =
                server.api(Cli.run(server.state, "keys", "create", "idempotent").output());
        Response mine = create(api, "mine", "shared-name");
        Response others = create(other, "others", "shared-name");
        assertThat(others.field("name")).isEqualTo("others");
        assertThat(create(api, "mine", "shared-name").body()).isEqualTo(mine.body());
        api.delete("/machines/" + mine.field("id"));
        api.delete("/machines/" + others.field("id"));
    }

    @Test
    void aWrongKeyIsRefusedAndSoIsOneWhereNoAnswerCanBeKept() {
        int before = count(api);
        for (String key : List.of("a b", "x".repeat(256), "")) {
            Response wrong = create(api, "wrong-key", key);
            assertThat(wrong.status()).isEqualTo(400);
            assertThat(wrong.message()).startsWith("Idempotency-Key must be");
        }
        Response twice = api.request("POST", "/machines", HEADER, "one", HEADER, "two");
        assertThat(twice.message()).contains("given once");
        Response upload = api.put("/machines/" + runningId + "/files?path=/tmp/x", new byte[1], HEADER, "put");
        assertThat(upload.status()).isEqualTo(400);
        assertThat(upload.message()).startsWith("Idempotency-Key is not supported here");
        Response socket = api.request("GET", "/machines/" + runningId + "/processes/x/attach", HEADER, "attach");
        assertThat(socket.message()).startsWith("Idempotency-Key is not supported here");
        assertThat(count(api)).isEqualTo(before);
        Response longest = create(api, "longest-key", "~".repeat(255));
        assertThat(longest.status()).isEqualTo(201);
        api.delete("/machines/" + longest.field("id"));
    }
}
