package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.RawConnection.Head;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Slightly malformed requests for every operation of the description: each gets a described response, none causes a
 * server error, and refused ones change nothing. They target a running machine. HYPERFLEET_TEST_FUZZ_ROUNDS and
 * HYPERFLEET_TEST_FUZZ_SEED set the number per operation and the seed.
 */
@ExtendWith(SharedServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiFuzzTest {
    private static final int ROUNDS = Integer.parseInt(setting("HYPERFLEET_TEST_FUZZ_ROUNDS", "40"));
    private static final long SEED = Long.parseLong(setting("HYPERFLEET_TEST_FUZZ_SEED", "1"));
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Valid documents for operations whose description has no example. */
    private static final Map<String, String> DOCUMENTS = Map.of(
            "startProcess",
            "{\"command\":[\"true\"],\"env\":{\"A\":\"b\"},\"cwd\":\"/\",\"user\":\"root\",\"stdin\":\"data\","
                    + "\"stdin_data\":\"x\",\"tty\":{\"rows\":24,\"cols\":80},\"timeout\":5,\"tag\":\"t\",\"detach\":true}",
            "signalProcess",
            "{\"signal\":\"TERM\"}",
            "resizeTerminal",
            "{\"rows\":24,\"cols\":80}",
            "makeFolder",
            "{\"path\":\"/tmp/a/b\",\"parents\":true,\"mode\":\"0755\",\"user\":\"root\"}",
            "moveFile",
            "{\"from\":\"/tmp/a\",\"to\":\"/tmp/b\",\"replace\":true}",
            "copyFile",
            "{\"from\":\"/tmp/a\",\"to\":\"/tmp/b\",\"replace\":true}",
            "changeMode",
            "{\"path\":\"/tmp/a\",\"mode\":\"0700\",\"user\":\"root\",\"recursive\":false}");

    private static final List<String> HEADERS = List.of(
            "Accept",
            "Accept-Encoding",
            "Content-Encoding",
            "Content-Type",
            "Cookie",
            "Expect",
            "If-Match",
            "If-None-Match",
            "Last-Event-ID",
            "Range",
            "Transfer-Encoding",
            "Upgrade",
            "X-Forwarded-For",
            "X-Request-Id");

    private final ServerProcess server;
    private final Api api;
    private final String key;
    private String id = "";

    ApiFuzzTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
        this.key = shared.key();
    }

    private static String setting(String name, String otherwise) {
        return Optional.ofNullable(System.getenv(name)).orElse(otherwise);
    }

    /** An operation of the description. */
    private record Operation(String method, String template, JsonNode description) {
        String name() {
            return description.get("operationId").asString();
        }

        JsonNode bodySchema() {
            return description.at("/requestBody/content/application~1json");
        }
    }

    private static List<Operation> operations() {
        ApiDescription description = ApiDescription.INSTANCE;
        return description.paths().stream()
                .flatMap(path -> description.operations(path).stream()
                        .map(entry -> new Operation(entry.getKey().toUpperCase(Locale.ROOT), path, entry.getValue())))
                .toList();
    }

    private String path(Operation operation) {
        return operation
                .template()
                .replace("{id}", id)
                .replace("{process}", "abcdefghijkl")
                .replace("{snapshot}", "abcdefghijkl")
                .replace("{port}", "8080")
                .replace("{asset}", "docs.js");
    }

    @BeforeAll
    void runAMachine() {
        Response created = api.post(
                "/machines",
                Map.of("name", "fuzzed", "vcpu_count", 1, "mem_size_mib", 256, "exposed_ports", List.of(8080)));
        id = created.field("id");
        assertThat(api.post("/machines/" + id + "/start").status()).isEqualTo(200);
    }

    @AfterAll
    void theServerIsWellAndNothingWasItsFault() {
        api.post("/machines/" + id + "/stop");
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
        assertThat(api.get("/health").status()).isEqualTo(200);
        assertThat(server.log()).noneMatch(line -> line.contains("failed with an internal error"));
    }

    @Test
    void aBodyThatIsNearlyRightIsTakenOrRefusedAndWhatIsRefusedChangesNothing() {
        List<Operation> withBody = operations().stream()
                .filter(operation -> !operation.bodySchema().isMissingNode())
                .toList();
        assertThat(withBody).hasSizeGreaterThan(8);
        for (Operation operation : withBody) {
            List<JsonNode> documents = documents(operation);
            for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
                Mutations mutations = new Mutations(seed);
                byte[] body = mutations.of(mutations.anyOf(documents));
                String asked = "%s with seed %d".formatted(operation.name(), seed);
                String before = machines();
                Response answer = api.request(operation.method(), path(operation), "application/json", body);
                assertThat(answer.status()).as(asked).isNotEqualTo(500);
                if (answer.status() >= 400 && answer.status() < 500) {
                    assertThat(answer.message()).as(asked).isNotBlank();
                    assertThat(machines()).as(asked).isEqualTo(before);
                }
                putBack(operation, answer);
            }
        }
    }

    private static List<JsonNode> documents(Operation operation) {
        List<JsonNode> documents = new ArrayList<>();
        for (JsonNode example : operation.bodySchema().path("examples")) {
            documents.add(example.get("value"));
        }
        if (operation.bodySchema().has("example")) {
            documents.add(operation.bodySchema().get("example"));
        }
        if (DOCUMENTS.containsKey(operation.name())) {
            documents.add(JSON.readTree(DOCUMENTS.get(operation.name())));
        }
        assertThat(documents).as("a valid document for " + operation.name()).isNotEmpty();
        return documents;
    }

    /** Excludes what may change by itself. */
    private String machines() {
        return api.get("/machines?limit=1000")
                .json()
                .get("machines")
                .valueStream()
                .map(machine -> machine.properties().stream()
                        .filter(field -> !field.getKey().equals("activity"))
                        .map(Object::toString)
                        .collect(Collectors.joining()))
                .collect(Collectors.joining("\n"));
    }

    private void putBack(Operation operation, Response answer) {
        if (operation.name().equals("takeLease") && answer.status() < 400) {
            Response released = api.request("DELETE", path(operation), "Machine-Lease-Nonce", answer.field("nonce"));
            assertThat(released.status()).isEqualTo(204);
            return;
        }
        if (operation.name().equals("createMachine") && answer.status() == 201) {
            assertThat(api.delete("/machines/" + answer.field("id")).status()).isEqualTo(204);
        }
        if (operation.name().equals("configureMachine") && answer.status() == 200) {
            Map<String, ?> asBefore = Map.of(
                    "autostop",
                    "off",
                    "autostart",
                    false,
                    "ttl",
                    0,
                    "restart",
                    Map.of("policy", "no"),
                    "checks",
                    List.of());
            assertThat(api.request("PATCH", "/machines/" + id, asBefore).status())
                    .isEqualTo(200);
        }
    }

    /** Other tests cover changes of state; here a machine stays running, and no lease refuses what follows. */
    private static List<Operation> readings() {
        Set<String> left = Set.of(
                "startMachine",
                "stopMachine",
                "restartMachine",
                "pauseMachine",
                "resumeMachine",
                "deleteMachine",
                "takeLease");
        return operations().stream()
                .filter(operation -> !left.contains(operation.name()))
                .toList();
    }

    @Test
    void aQueryOrAHeaderThatIsOddIsTakenOrRefused() {
        for (Operation operation : readings()) {
            for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
                Mutations mutations = new Mutations(seed);
                assertAnswered(operation, query(operation, mutations), header(mutations), "seed " + seed);
            }
        }
    }

    private static String query(Operation operation, Mutations mutations) {
        StringBuilder query = new StringBuilder();
        for (JsonNode given : operation.description().path("parameters")) {
            JsonNode parameter = resolved(given);
            if (parameter.path("in").asString("").equals("query") && mutations.below(3) > 0) {
                String value = parameter.path("name").asString().equals("path") && mutations.below(2) == 0
                        ? "/etc"
                        : mutations.text();
                query.append(query.isEmpty() ? '?' : '&')
                        .append(parameter.get("name").asString())
                        .append('=')
                        .append(value.replace(" ", "%20"));
            }
        }
        return mutations.below(10) > 0 ? query.toString() : query + (query.isEmpty() ? "?" : "&") + mutations.text();
    }

    private static JsonNode resolved(JsonNode node) {
        return node.has("$ref")
                ? ApiDescription.INSTANCE.tree().at(node.get("$ref").asString().substring(1))
                : node;
    }

    private static String header(Mutations mutations) {
        return mutations.below(2) == 0 ? "" : mutations.anyOf(HEADERS) + ": " + mutations.text() + "\r\n";
    }

    /** In wire format, since a correct client would not send it. */
    private void assertAnswered(Operation operation, String query, String header, String seed) {
        URI url = URI.create(server.url);
        String target = path(operation) + query;
        String request = "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n%s%s\r\n"
                .formatted(
                        operation.method(),
                        target.replace(" ", "%20"),
                        key,
                        header,
                        operation.method().equals("GET") ? "" : "Content-Length: 0\r\n");
        String asked = operation.name() + ", " + seed + ": " + request;
        try (RawConnection connection = RawConnection.open(url.getPort())) {
            Head head = connection.send(request).head();
            assertThat(head.code()).as(asked).isNotIn(0, 500);
            if (head.code() >= 400) {
                byte[] body = connection.read(Integer.parseInt(head.header("Content-Length")));
                Response answer = new Response(head.code(), headers(head), body);
                assertThat(answer.message()).as(asked).isNotBlank();
                ApiDescription.INSTANCE.check(operation.method(), path(operation), answer);
            }
        }
    }

    private static Map<String, List<String>> headers(Head head) {
        Map<String, List<String>> headers = new HashMap<>();
        for (String line : head.headers()) {
            String[] parts = line.split(": *", 2);
            headers.computeIfAbsent(parts[0].toLowerCase(Locale.ROOT), ignored -> new ArrayList<>())
                    .add(parts[1]);
        }
        return headers;
    }

    @Test
    void halfACharacterAtTheEndOfAnExcerptIsNoFaultOfTheServer() {
        for (String name : List.of("\ud83d\ude00".repeat(500), "a" + "\ud83d\ude00".repeat(500))) {
            String body = "{\"%s\": 1}".formatted(name);
            Response answer = api.postRaw("/machines", "application/json", body.getBytes(StandardCharsets.UTF_8));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(api.exec(id, "/" + name).status()).isEqualTo(400);
        }
    }
}
