package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.SqliteApiKeyStore;
import dev.hyperfleet.tests.AccessTable.Route;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Authorization: every route of the {@link AccessTable}, with every kind of key. */
@ExtendWith(SharedServer.class)
class AuthenticationTest {
    private static final List<String> SCOPES =
            List.of("machines:read", "machines:write", "machines:exec", "machines:proxy", "audit:read");

    private final ServerProcess server;

    AuthenticationTest(Shared shared) {
        this.server = shared.server();
    }

    /**
     * The credentials of a client.
     *
     * @param authorization the header; empty for none
     * @param scopes of the key; empty if it is not valid
     */
    private record Credential(String name, Optional<String> authorization, Optional<Set<String>> scopes) {
        static Credential invalid(String name, String authorization) {
            return new Credential(name, Optional.of(authorization), Optional.empty());
        }

        static Credential valid(String key, String scope) {
            return new Credential(scope, Optional.of("Bearer " + key), Optional.of(Set.of(scope)));
        }
    }

    private List<Credential> credentials() throws NoSuchAlgorithmException {
        String good = createKey("good-for-everything");
        String revoked = createKey("revoked-before");
        assertThat(run("keys", "revoke", "revoked-before").exitCode()).isZero();
        List<Credential> credentials = new ArrayList<>(List.of(
                new Credential("none", Optional.empty(), Optional.empty()),
                Credential.invalid("empty", "Bearer "),
                Credential.invalid("too short", "Bearer hf_"),
                Credential.invalid("no key's form", "Bearer x"),
                Credential.invalid("not ASCII", "Bearer hf_\u00e4"),
                Credential.invalid("another scheme", "Basic " + good),
                Credential.invalid("without a scheme", good),
                Credential.invalid("two keys", "Bearer " + good + " " + good),
                Credential.invalid("wrong", "Bearer hf_" + "a".repeat(40)),
                Credential.invalid("the beginning of a key", "Bearer " + good.substring(0, good.length() - 1)),
                Credential.invalid("more than a key", "Bearer " + good + "a"),
                Credential.invalid("in other letters", "Bearer " + good.toUpperCase(Locale.ROOT)),
                Credential.invalid("the hash of a key", "Bearer " + sha256(good)),
                Credential.invalid("expired", "Bearer " + expiredKey()),
                Credential.invalid("revoked", "Bearer " + revoked),
                Credential.valid(good, "*")));
        for (String scope : SCOPES) {
            credentials.add(Credential.valid(createKey("only-" + scope.replace(':', '-'), "--scope", scope), scope));
        }
        return credentials;
    }

    /** An expired key, which the command does not create. */
    private String expiredKey() throws NoSuchAlgorithmException {
        String key = "hf_" + "E".repeat(40);
        try (SqliteApiKeyStore keys =
                new SqliteApiKeyStore(Database.open(server.state.resolve("hyperfleet.db")), MonotonicClock.SYSTEM)) {
            Instant past = Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
            keys.insert(new ApiKey(
                    "expired000",
                    "expired",
                    sha256(key),
                    Set.of(Scope.ALL),
                    Quota.NONE,
                    past.minusSeconds(60),
                    Optional.of(past)));
        }
        return key;
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void everyRouteAnswersEveryKeyAsTheTableSays() throws NoSuchAlgorithmException {
        Map<String, Set<String>> methods = new HashMap<>();
        List<Credential> credentials = credentials();
        for (Route route : AccessTable.routes()) {
            for (Credential credential : credentials) {
                assertAnswer(route, credential);
                if (methods.computeIfAbsent(route.path(), this::allowed).contains("HEAD")
                        && route.method().equals("GET")) {
                    assertAnswer(route.with("HEAD"), credential);
                }
            }
        }
    }

    private void assertAnswer(Route route, Credential credential) {
        String[] headers = credential
                .authorization()
                .map(value -> new String[] {"Authorization", value})
                .orElse(new String[0]);
        Response answer = new Api(server.url, Optional.empty()).request(route.method(), route.path(), headers);
        String exchange = route + " with " + credential.name();
        boolean hasBody = !route.method().equals("HEAD");
        Optional<Integer> refusal = route.refusal(credential.scopes());
        if (refusal.isEmpty()) {
            assertThat(answer.status()).as(exchange).isNotIn(401, 403);
            assertThat(!route.isPublic() || answer.status() == 200).as(exchange).isTrue();
        } else if (refusal.get() == 401) {
            assertThat(answer.status()).as(exchange).isEqualTo(401);
            assertThat(answer.header("www-authenticate")).as(exchange).contains("Bearer");
            assertThat(!hasBody || answer.code().equals("UNAUTHORIZED"))
                    .as(exchange)
                    .isTrue();
        } else {
            assertThat(answer.status()).as(exchange).isEqualTo(403);
            assertThat(!hasBody || answer.message().equals("The API key lacks the scope " + route.access()))
                    .as(exchange)
                    .isTrue();
        }
    }

    /** Whatever else is wrong with the request: these have no body, and no query. */
    @Test
    void aKeyWithItsOwnMachinesAloneGets404ForEachRouteOfAnothers() {
        String strangers = server.api().create("a-strangers-machine");
        Api owner = server.api(createKey(
                "owner", "--scope", "machines:own,machines:read,machines:write,machines:exec,machines:proxy"));
        Api auditor = server.api(createKey("owner-of-all", "--scope", "machines:own,*"));
        for (Route route : AccessTable.routes()) {
            if (route.isOfMachine()) {
                for (String machine : List.of(strangers, "a-strangers-machine", "abcdefghijkl")) {
                    Response answer = owner.request(route.method(), route.pathOf(machine));
                    assertThat(answer.status()).as(route + " of " + machine).isEqualTo(404);
                    assertThat(answer.message())
                            .as(route + " of " + machine)
                            .isEqualTo("Machine with id '%s' not found".formatted(machine));
                }
            } else {
                assertThat(auditor.request(route.method(), route.path()).status() == 403)
                        .as(route.toString())
                        .isEqualTo(route.isOfAllMachines());
            }
        }
        assertThat(server.api().delete("/machines/" + strangers).status()).isEqualTo(204);
    }

    /** The methods that the server supports for a path, as listed in its response to another method. */
    private Set<String> allowed(String path) {
        Response answer = new Api(server.url, Optional.empty()).request("OPTIONS", path);
        assertThat(answer.status()).as(path).isEqualTo(405);
        return Set.of(answer.header("allow").orElseThrow().split(", *", -1));
    }

    @Test
    void theTableHasEveryRouteOfTheServerAndOfItsDescription() throws IOException {
        ApiDescription description = ApiDescription.INSTANCE;
        List<Route> described = description.paths().stream()
                .flatMap(path -> description.operations(path).stream()
                        .map(operation -> new Route(
                                operation.getKey().toUpperCase(Locale.ROOT),
                                path,
                                operation.getValue().path("x-scope").asString("public"))))
                .toList();
        assertThat(AccessTable.routes()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(described);

        Map<String, Set<String>> written = new HashMap<>();
        AccessTable.routes()
                .forEach(route -> written.computeIfAbsent(route.path(), path -> new HashSet<>())
                        .add(route.method()));
        written.forEach((path, methods) -> {
            Set<String> served = new HashSet<>(allowed(path));
            served.remove("HEAD"); // implied by GET
            assertThat(served).as(path).isEqualTo(methods);
        });
        // The whole table is served; the number of routes shows that nothing else is.
        assertThat(registrations()).isEqualTo(AccessTable.routes().size());
    }

    /** The number of routes that the server's code registers. */
    private static long registrations() throws IOException {
        Pattern registration =
                Pattern.compile("\\b(routes|paged|withPath\\([^()]*\\))(\\s*\\.(taking|filtered)\\([^()]*\\))*\\s*"
                        + "\\.(get|getPublic|getSocket|getStream|post|postStream|put|patch|delete)\\(");
        long count = 0;
        for (String folder : List.of("api", "http")) {
            try (Stream<Path> files = Files.walk(TestHome.PROJECT.resolve(folder + "/src/main/java"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    count += registration
                            .matcher(Files.readString(file))
                            .results()
                            .count();
                }
            }
        }
        return count;
    }

    @Test
    void aRevokedKeyIsInvalidAtOnceAndAnExpiredOneWhenItsTimeHasCome() throws InterruptedException {
        String revoked = createKey("revoked");
        String expiring = createKey("expiring", "--expires", "2s");
        assertThat(server.api(revoked).get("/machines").status()).isEqualTo(200);
        assertThat(run("keys", "revoke", "revoked").exitCode()).isZero();
        assertThat(server.api(revoked).get("/machines").status()).isEqualTo(401);
        Thread.sleep(2000); // the passing of time is tested
        assertThat(server.api(expiring).get("/machines").status()).isEqualTo(401);
    }

    @Test
    void aRotatedKeyKeepsItsNameItsRequestsAndForATimeItsOldSecret() {
        String old = createKey("rotated");
        Map<String, Object> body = Map.of("name", "of-a-rotated-key", "vcpu_count", 1, "mem_size_mib", 256);
        String[] once = {"Idempotency-Key", "before-the-rotation"};
        Response created = server.api(old).request("POST", "/machines", body, once);
        assertThat(created.status()).isEqualTo(201);
        String fresh = run("keys", "rotate", "rotated", "--grace", "1h").output();
        assertThat(fresh).matches("hf_[A-Za-z0-9]{40}").isNotEqualTo(old);
        Response again = server.api(fresh).request("POST", "/machines", body, once);
        assertThat(again.header("idempotent-replayed")).contains("true");
        assertThat(again.field("id")).isEqualTo(created.field("id"));
        assertThat(used(old)).isEqualTo(used(fresh)).isEqualTo(1);
        assertThat(run("keys", "list").output().lines().filter(line -> line.contains(" rotated ")))
                .hasSize(2)
                .anyMatch(line -> line.contains(" current "))
                .anyMatch(line -> line.contains(" old "));
        assertThat(run("keys", "list", "--json").output()).contains("\"old_secret_expires_at\"");
        server.api(fresh).delete("/machines/of-a-rotated-key");

        String last = run("keys", "rotate", "rotated", "--grace", "0s").output();
        assertThat(server.api(old).get("/machines").status()).isEqualTo(401);
        assertThat(server.api(fresh).get("/machines").status()).isEqualTo(401);
        assertThat(server.api(last).get("/machines").status()).isEqualTo(200);
        assertThat(run("keys", "revoke", "rotated").exitCode()).isZero();
        assertThat(server.api(last).get("/machines").status()).isEqualTo(401);
    }

    private long used(String key) {
        return server.api(key).get("/quota").json().at("/key/machines/used").asLong();
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
                        1, "hyperfleet: there is no key 'never-made'. 'hyperfleet keys list' lists all."));
        assertThat(run("keys", "rotate", "never-made").output()).contains("there is no key 'never-made'");
        assertThat(run("keys", "rotate", "x", "--grace", "soon").output()).contains("'soon' is no time");
        assertThat(run("keys", "rotate", "x", "--grace", "91d").output()).contains("--grace must be at most 90d");
        assertThat(run("keys", "create", "x", "--scope", "machines:own").output())
                .contains("only limits other scopes");
        assertThat(run("keys", "create", "x", "--scope", "machines:own,audit:read")
                        .output())
                .contains("audit:read and machines:own exclude each other");
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
