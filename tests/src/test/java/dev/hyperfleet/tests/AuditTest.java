package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The audit log: what was done, by whom, and that the log is tamper-evident. No machine runs here. */
class AuditTest {
    @TempDir
    Path state;

    private String createKey(String name, String... options) {
        List<String> command = new ArrayList<>(List.of("keys", "create", name));
        command.addAll(List.of(options));
        return Cli.run(state, command.toArray(String[]::new)).output();
    }

    private ServerProcess startWithKey() throws IOException {
        return ServerProcess.startWithKey(state, createKey("admin"));
    }

    private static List<JsonNode> records(Api api) {
        List<JsonNode> records = new ArrayList<>();
        String cursor = "0";
        boolean more = true;
        while (more) {
            JsonNode page = api.get("/audit?limit=1000&cursor=" + cursor).json();
            page.get("records").forEach(records::add);
            cursor = page.get("cursor").asString();
            more = page.get("more").asBoolean();
        }
        return records;
    }

    private static String what(JsonNode entry) {
        return "%s %s %s %s %d"
                .formatted(
                        entry.get("key_name").asString("-"),
                        entry.get("method").asString(),
                        entry.get("route").asString(),
                        entry.get("machine_id").asString("-"),
                        entry.get("status").asInt());
    }

    private Cli.Result verify(String... options) {
        List<String> command = new ArrayList<>(List.of("audit", "verify"));
        command.addAll(List.of(options));
        return Cli.run(state, command.toArray(String[]::new));
    }

    @Test
    void whoHasDoneWhatIsWrittenDownAndWhatWasRefusedToo() throws Exception {
        Instant began = Instant.now();
        try (ServerProcess server = startWithKey()) {
            Api api = server.api();
            Api reader = server.api(createKey("reader", "--scope", "machines:read"));
            Api auditor = server.api(createKey("auditor", "--scope", "audit:read"));
            String id = api.create("audited");
            String path = "/machines/" + id;
            api.request("POST", path + "/stop", "X-Request-Id", "my-request");
            api.post("/machines", Map.of("name", "a secret in a body"));
            reader.delete(path);
            server.api("hf_wrong").delete(path);
            api.get(path);
            api.delete(path);
            api.post("/nothing");
            assertThat(reader.get("/audit").status()).isEqualTo(403);
            Cli.run(state, "keys", "rotate", "reader");
            Cli.run(state, "keys", "revoke", "reader");
            List<JsonNode> records = records(auditor);
            assertThat(records)
                    .extracting(AuditTest::what)
                    .containsExactly(
                            "- COMMAND keys create admin - 0",
                            "- COMMAND keys create reader - 0",
                            "- COMMAND keys create auditor - 0",
                            "admin POST /machines %s 201".formatted(id),
                            "admin POST /machines/{id}/stop %s 400".formatted(id),
                            "admin POST /machines - 400",
                            "reader DELETE /machines/{id} %s 403".formatted(id),
                            "- DELETE /machines/{id} %s 401".formatted(id),
                            "admin DELETE /machines/{id} %s 204".formatted(id),
                            "admin POST none - 404",
                            "- COMMAND keys rotate reader - 0",
                            "- COMMAND keys revoke reader - 0");
            assertThat(records.get(4).get("request_id").asString()).isEqualTo("my-request");
            assertThat(records).allSatisfy(entry -> {
                assertThat(Instant.parse(entry.get("at").asString())).isBetween(began, Instant.now());
                assertThat(entry.get("client").asString()).isIn("127.0.0.1", "user " + System.getProperty("user.name"));
            });
            assertThat(records.toString()).doesNotContain("secret", "hf_");
            assertThat(records.get(3).get("key_id").asString()).isNotEmpty();
            assertThat(verify().exitCode()).isZero();
            assertThat(auditor.get("/machines").status()).isEqualTo(403);
            JsonNode page = api.get("/audit?limit=2&cursor=1").json();
            assertThat(page.get("records")).hasSize(2);
            assertThat(page.get("cursor").asString()).isEqualTo("3");
            assertThat(page.get("more").asBoolean()).isTrue();
            assertThat(api.get("/audit?limit=0&cursor=-1").message())
                    .isEqualTo("limit must be an integer from 1 to 1000; cursor must be an integer of at least 0");
        }
    }

    @Test
    void whatIsChangedInTheLogIsFoundAndNamed() throws Exception {
        String seen;
        try (ServerProcess server = ServerProcess.start(state)) {
            for (int i = 0; i < 5; i++) {
                server.api().post("/machines/abcdefghijkl/start");
            }
            Cli.Result live = verify();
            assertThat(live.exitCode()).as(live.output()).isZero();
            assertThat(live.output()).matches("5 records are intact; the last one:\\n5:[0-9a-f]{64}");
            seen = live.output().lines().toList().getLast();
            server.api().post("/machines/abcdefghijkl/start");
            assertThat(verify("--includes", seen).exitCode()).isZero();
        }
        tamper("UPDATE audit SET client = '10.0.0.1' WHERE sequence = 3");
        Cli.Result changed = verify();
        assertThat(changed.exitCode()).isEqualTo(1);
        assertThat(changed.output())
                .isEqualTo("hyperfleet: the audit log is not intact: record 3 was changed:" + " its hash differs");
        tamper("DELETE FROM audit WHERE sequence = 2");
        assertThat(verify("--database", state.resolve("hyperfleet.db").toString())
                        .output())
                .endsWith("record 2 is missing: the next one is 3");
        assertThat(verify("--database", state.resolve("none.db").toString()).exitCode())
                .isEqualTo(2);
    }

    private void tamper(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + state.resolve("hyperfleet.db"));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isOne();
        }
    }

    @Test
    void whatWasAnsweredBeforeAKillIsInTheLog() throws Exception {
        Set<String> answered = ConcurrentHashMap.newKeySet();
        CountDownLatch some = new CountDownLatch(50);
        try (ServerProcess first = ServerProcess.start(state);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < 8; client++) {
                int number = client;
                var _ = threads.submit(() -> createUntilItEnds(first.api(), "c" + number, answered, some));
            }
            some.await();
            first.kill();
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            Set<String> recorded = records(second.api()).stream()
                    .map(entry -> entry.get("machine_id").asString())
                    .collect(Collectors.toSet());
            assertThat(recorded).containsAll(answered);
            assertThat(verify().exitCode()).isZero();
        }
    }

    private static void createUntilItEnds(Api api, String name, Set<String> answered, CountDownLatch some) {
        try {
            for (int i = 0; i < 10_000; i++) {
                answered.add(api.create(name + "-" + i));
                some.countDown();
            }
        } catch (java.io.UncheckedIOException killed) {
            // as required
        }
    }

    private static List<JsonNode> omissions(List<JsonNode> records) {
        return records.stream()
                .filter(entry -> entry.get("method").asString().equals("OMITTED"))
                .toList();
    }

    /** The number of all requests in these records: recorded and counted ones. */
    private static long requests(List<JsonNode> records) {
        return records.stream()
                .filter(entry -> !entry.get("method").asString().equals("COMMAND"))
                .mapToLong(entry ->
                        entry.get("omitted").asLong() > 0 ? entry.get("omitted").asLong() : 1)
                .sum();
    }

    /** Omitted requests are reported after the minute, or when the server exits. */
    @Test
    void aFloodOfStrangersIsCountedAndDoesNotFillTheLog() throws Exception {
        String admin = createKey("admin");
        try (ServerProcess server = ServerProcess.startWithKey(state, admin)) {
            Api stranger = server.api("hf_wrong");
            for (int i = 0; i < 300; i++) {
                assertThat(stranger.post("/machines/abcdefghijkl/start").status())
                        .isEqualTo(401);
            }
            assertThat(server.api().post("/machines/abcdefghijkl/start").status())
                    .isEqualTo(404);
        }
        try (ServerProcess server = ServerProcess.startWithKey(state, admin)) {
            List<JsonNode> records = records(server.api());
            assertThat(records).hasSizeBetween(63, 124); // a minute may end meanwhile
            assertThat(omissions(records))
                    .isNotEmpty()
                    .allSatisfy(
                            entry -> assertThat(entry.get("key_id").isNull()).isTrue());
            assertThat(requests(records)).isEqualTo(301);
            assertThat(verify().exitCode()).isZero();
        }
    }

    @Test
    void aKeyThatMayDoNothingPushesNobodyOutOfTheLog() throws Exception {
        String admin = createKey("admin");
        String least = createKey("least", "--scope", "machines:read");
        Map<String, String> small = Map.of("HYPERFLEET_AUDIT_RECORDS", "200", "HYPERFLEET_AUDIT_DAYS", "0");
        String id;
        try (ServerProcess server = ServerProcess.startWithKey(state, small, admin)) {
            id = server.api().create("precious");
            Api reader = server.api(least);
            for (int i = 0; i < 720; i++) {
                assertThat(reader.delete("/machines/aaaaaaaaaaaa").status()).isEqualTo(403);
            }
            server.terminate(); // the machine is kept
        }
        try (ServerProcess server = ServerProcess.startWithKey(state, small, admin)) {
            List<JsonNode> records = records(server.api());
            assertThat(records).extracting(AuditTest::what).contains("admin POST /machines %s 201".formatted(id));
            assertThat(omissions(records)).isNotEmpty().allSatisfy(entry -> {
                assertThat(entry.get("key_name").asString()).isEqualTo("least");
                assertThat(entry.get("status").asInt()).isZero();
            });
            assertThat(requests(records)).isEqualTo(721);
            assertThat(verify().exitCode()).isZero();
        }
    }

    @Test
    void theLogIsBoundedByItsSettingsAndHoldsAllTheSame() throws Exception {
        String machine;
        try (ServerProcess server = ServerProcess.start(state, Map.of("HYPERFLEET_AUDIT_RECORDS", "100"))) {
            machine = "/machines/" + server.api().create("changed");
            change(server.api(), machine, 350);
            assertThat(records(server.api())).as("all are young").hasSize(351);
            server.terminate();
        }
        Map<String, String> small = Map.of("HYPERFLEET_AUDIT_RECORDS", "100", "HYPERFLEET_AUDIT_DAYS", "0");
        try (ServerProcess server = ServerProcess.start(state, small)) {
            change(server.api(), machine, 100);
            List<JsonNode> records = records(server.api());
            assertThat(records).hasSizeBetween(100, 200);
            assertThat(records.getLast().get("sequence").asInt()).isEqualTo(451);
            assertThat(verify().output()).startsWith(records.size() + " records are intact");
        }
    }

    private static void change(Api api, String machine, int times) {
        for (int number = 0; number < times; number++) {
            assertThat(api.request("PATCH", machine, Map.of("idle_timeout", 60 + number))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void theRecordsAreAlsoLinesOfAFileThatMayBeRotated() throws Exception {
        Path file = state.resolve("shipped/audit.jsonl");
        Path old = state.resolve("shipped/audit.jsonl.1");
        Files.createDirectory(file.getParent());
        Map<String, String> shipping = Map.of("HYPERFLEET_AUDIT_FILE", file.toString());
        try (ServerProcess server = ServerProcess.start(state, shipping)) {
            server.api().create("first");
            Files.move(file, old);
            server.api().create("second");
            assertThat(Files.readAllLines(old)).hasSize(1);
            assertThat(Files.readAllLines(file)).hasSize(1);
            server.api().create("third");
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(state, shipping)) {
            server.api().create("fourth");
            List<String> lines = new ArrayList<>(Files.readAllLines(old));
            lines.addAll(Files.readAllLines(file));
            assertThat(lines)
                    .containsExactlyElementsOf(records(server.api()).stream()
                            .map(JsonNode::toString)
                            .toList());
        }
    }
}
