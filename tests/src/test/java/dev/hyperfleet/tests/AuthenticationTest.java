package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Who may do what. The operations come from the API's description, so that none can be forgotten. */
@ExtendWith(SharedServer.class)
class AuthenticationTest {
    private static final List<String> SCOPES =
            List.of("machines:read", "machines:write", "machines:exec", "machines:proxy");

    private final ServerProcess server;

    AuthenticationTest(Shared shared) {
        this.server = shared.server();
    }

    private record Operation(String method, String path, String scope) {}

    private static List<Operation> operations() {
        ApiDescription description = ApiDescription.INSTANCE;
        return description.paths().stream()
                .flatMap(path -> description.operations(path).stream()
                        .map(operation -> new Operation(
                                operation.getKey().toUpperCase(Locale.ROOT),
                                path.replace("{id}", "abcdefghijkl")
                                        .replace("{process}", "abcdefghijkl")
                                        .replace("{port}", "8080")
                                        .replace("{asset}", "docs.js"),
                                operation.getValue().path("x-scope").asString(""))))
                .toList();
    }

    @Test
    void withoutAValidKeyOnlyThePublicRoutesAnswerAndNothingTellsWhatExists() {
        List<String> keys = List.of("hf_" + "a".repeat(40), "", "x", "hf_", "hf_\u00e4");
        for (Operation operation : operations()) {
            if (operation.scope().isEmpty()) {
                assertThat(server.api("hf_wrong")
                                .request(operation.method(), operation.path())
                                .status())
                        .as(operation.toString())
                        .isEqualTo(200);
                continue;
            }
            for (String key : keys) {
                Api.Answer answer = new Api(server.url, java.util.Optional.empty())
                        .request(operation.method(), operation.path(), "Authorization", "Bearer " + key);
                assertThat(answer.status()).as(operation.toString()).isEqualTo(401);
                assertThat(answer.code()).isEqualTo("UNAUTHORIZED");
                assertThat(answer.header("www-authenticate")).contains("Bearer");
            }
            assertThat(new Api(server.url, java.util.Optional.empty())
                            .request(operation.method(), operation.path())
                            .status())
                    .isEqualTo(401);
        }
    }

    @Test
    void aKeyAllowsWhatItsScopesSayAndNothingElse() {
        for (String scope : SCOPES) {
            Api api = server.api(createKey("only-" + scope.replace(':', '-'), "--scope", scope));
            for (Operation operation : operations()) {
                Api.Answer answer = api.request(operation.method(), operation.path());
                if (operation.scope().isEmpty() || operation.scope().equals(scope)) {
                    assertThat(answer.status()).as(operation.toString()).isNotIn(401, 403);
                } else {
                    assertThat(answer.status()).as(operation.toString()).isEqualTo(403);
                    assertThat(answer.code()).isEqualTo("FORBIDDEN");
                    assertThat(answer.message()).isEqualTo("The API key lacks the scope " + operation.scope());
                }
            }
        }
    }

    @Test
    void aRevokedKeyIsInvalidAtOnceAndAnExpiredOneWhenItsTimeHasCome() throws InterruptedException {
        String revoked = createKey("revoked");
        String expiring = createKey("expiring", "--expires", "2s");
        assertThat(server.api(revoked).get("/machines").status()).isEqualTo(200);
        assertThat(run("keys", "revoke", "revoked").exitCode()).isZero();
        assertThat(server.api(revoked).get("/machines").status()).isEqualTo(401);
        Thread.sleep(2000); // the time is what is tested
        assertThat(server.api(expiring).get("/machines").status()).isEqualTo(401);
    }

    @Test
    void noKeyIsKeptAnywhere() throws IOException {
        String key = createKey("secret");
        server.api(key).post("/machines/abcdefghijkl/start");
        try (Stream<Path> files = Files.walk(server.state)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().contains("hyperfleet.db"))
                    .toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain(key);
            }
        }
        assertThat(String.join("\n", server.log())).doesNotContain(key).contains("\"key\":\"secret\"");
        assertThat(run("keys", "list", "--json").output())
                .contains("\"secret\"")
                .doesNotContain(key);
    }

    @Test
    void aKeyIsRefusedBeforeTheBodyHasCome() throws IOException {
        URI url = URI.create(server.url);
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(20_000);
            String headers = """
                    POST /machines HTTP/1.1\r
                    Host: test\r
                    Authorization: Bearer hf_wrong\r
                    Content-Type: application/json\r
                    Content-Length: 5000000\r
                    \r
                    """;
            socket.getOutputStream().write(headers.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes("HTTP/1.1 401".length());
            assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 401");
        }
    }

    @Test
    void aClientThatSendsAllBeforeItReadsIsToldWhyItWasRefused() {
        byte[] large = new byte[30 << 20];
        for (int i = 0; i < 10; i++) {
            assertThat(server.api("hf_wrong")
                            .postRaw("/machines", "application/json", large)
                            .status())
                    .isEqualTo(401);
        }
    }

    @Test
    void wrongUseOfTheKeysCommandIsExplained() {
        assertThat(run("keys", "create", "x", "--scope", "machines:fly").output())
                .contains("--scope 'machines:fly' is unknown");
        assertThat(run("keys", "create", "x", "--expires", "soon").output()).contains("--expires 'soon' must be like");
        assertThat(run("keys", "create", "not a name").output()).contains("NAME must be");
        assertThat(run("keys", "revoke", "never-made"))
                .isEqualTo(new Cli.Result(
                        1, "hyperfleet: there is no key 'never-made'. 'hyperfleet keys list' shows all."));
        createKey("twice");
        assertThat(run("keys", "create", "twice").output()).isEqualTo("hyperfleet: A key named 'twice' already exists");
    }

    private String createKey(String name, String... options) {
        Cli.Result created = run(Stream.concat(Stream.of("keys", "create", name), Stream.of(options))
                .toArray(String[]::new));
        assertThat(created.output()).matches("hf_[A-Za-z0-9]{40}");
        return created.output();
    }

    private Cli.Result run(String... arguments) {
        return Cli.run(server.state, Map.of(), arguments);
    }

    @Test
    void everyOperationSaysItsScope() {
        for (String path : ApiDescription.INSTANCE.paths()) {
            for (Map.Entry<String, JsonNode> operation : ApiDescription.INSTANCE.operations(path)) {
                boolean isPublic = operation.getValue().path("security").isArray();
                assertThat(operation.getValue().has("x-scope")).as(path).isNotEqualTo(isPublic);
            }
        }
    }
}
