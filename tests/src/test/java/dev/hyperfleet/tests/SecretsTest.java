package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients' secrets cannot be read anywhere afterwards, and crashes do not reveal them. */
class SecretsTest {
    private static final String INPUT = "hf-secret-input-6c1d";
    private static final String VARIABLE = "hf-secret-variable-91be";
    private static final String WRONG_KEY = "hf_secretWrongKey2f5a";
    private static final String MISPLACED = "hf_secretMisplaced8d07";
    private static final String SERVERS_OWN = "hf_secretOfTheServersEnvironment44";

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    Path state;

    @Test
    void noSecretIsInAnAnswerALogAFileOrTheListOfProcessesAndNoCoreIsDumped() throws Exception {
        String key = Cli.run(state, "keys", "create", "secret").output();
        Map<String, String> settings = Map.of("HYPERFLEET_TOKEN", SERVERS_OWN);
        try (ServerProcess server = ServerProcess.startWithKey(state, settings, key)) {
            Api api = server.api();
            String id = api.post(
                            "/machines",
                            Map.of("name", "s", "vcpu_count", 1, "mem_size_mib", 256, "exposed_ports", List.of(8080)))
                    .field("id");
            assertThat(api.post("/machines/" + id + "/start").status()).isEqualTo(200);

            Map<String, String> secrets = new LinkedHashMap<>();
            secrets.put("key", key);
            secrets.put("link", useLink(server, id));
            secrets.put("wrong key", WRONG_KEY);
            secrets.put("misplaced key", MISPLACED);
            secrets.put("input", INPUT);
            secrets.put("input in base64", Base64.getEncoder().encodeToString(INPUT.getBytes(StandardCharsets.UTF_8)));
            secrets.put("variable", VARIABLE);
            secrets.put("server's environment", SERVERS_OWN);
            runCommands(api, id);
            assertErrorsRepeatNoSecret(server, id);

            String log = String.join("\n", server.log());
            assertThat(log).contains("\"key\":\"secret\""); // its name, which is not secret
            secrets.forEach((what, secret) -> assertThat(log).as(what).doesNotContain(secret));
            assertFilesHaveNone(secrets, key);
            assertProcessesHaveNone(secrets, server);
            assertNoCoreIsDumped(
                    server, api.get("/machines/" + id).json().get("pid").asLong());
        }
        assertFilesHaveNone(Map.of("key", key), key);
        assertThat(Cli.run(state, "keys", "list", "--json").output())
                .contains("\"secret\"")
                .doesNotContain(key);
    }

    private static void runCommands(Api api, String id) {
        Response echo = api.post(
                "/machines/" + id + "/exec",
                Map.of("command", List.of("cat"), "stdin", INPUT, "env", Map.of("TOKEN", VARIABLE)));
        assertThat(echo.field("stdout")).isEqualTo(INPUT);
        // The guest still has this one during the search.
        Map<String, ?> options = Map.of("stdin", "data", "stdin_data", INPUT, "env", Map.of("TOKEN", VARIABLE));
        api.start(id, options, "sleep", "60");
    }

    /** A used link's token, and a key that was sent to the proxy. */
    private String useLink(ServerProcess server, String id) throws Exception {
        Response link = server.api().post("/machines/" + id + "/ports/8080/link", Map.of());
        assertThat(link.status()).isEqualTo(201);
        String token = link.field("token");
        for (String query : List.of("?hyperfleet_link=" + token, "?hyperfleet_link=" + token + MISPLACED)) {
            var request = HttpRequest.newBuilder(URI.create(server.proxy + "/proxy/" + id + "/8080/" + query));
            String body = client.send(request.build(), BodyHandlers.ofString()).body();
            assertThat(body).doesNotContain(token).doesNotContain(MISPLACED);
        }
        return token;
    }

    private static void assertErrorsRepeatNoSecret(ServerProcess server, String id) {
        Api api = server.api();
        String exec = "/machines/" + id + "/exec";
        byte[] unquoted = ("{\"stdin\": " + MISPLACED + "}").getBytes(StandardCharsets.UTF_8);
        List<Response> answers = List.of(
                server.api(WRONG_KEY).get("/machines"),
                api.get("/machines?token=" + MISPLACED),
                api.get("/machines?limit=" + MISPLACED),
                api.post(exec, Map.of("command", List.of("cat"), "stdin", List.of(MISPLACED))),
                api.post(exec, Map.of("command", List.of("cat"), "env", Map.of("A", List.of(MISPLACED)))),
                api.post(exec, Map.of("command", List.of("/no/such/program"), "stdin", MISPLACED)),
                api.postRaw(exec, "application/json", unquoted));
        for (Response answer : answers) {
            assertThat(answer.status()).isBetween(400, 499);
            assertThat(answer.message()).isNotEmpty().doesNotContain(MISPLACED).doesNotContain(WRONG_KEY);
        }
    }

    /** In the whole state except the disk, which belongs to the guest. */
    private void assertFilesHaveNone(Map<String, String> secrets, String key) throws Exception {
        boolean hashFound = false;
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        String hash = HexFormat.of().formatHex(digest);
        try (Stream<Path> files = Files.walk(state)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".ext4"))
                    .toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                hashFound |= content.contains(hash);
                secrets.forEach((what, secret) ->
                        assertThat(content).as(what + " in " + file).doesNotContain(secret));
            }
        }
        assertThat(hashFound).as("the key's hash in the database").isTrue();
    }

    private static void assertProcessesHaveNone(Map<String, String> secrets, ServerProcess server) throws IOException {
        assertThat(content(server.pid(), "environ")).contains(SERVERS_OWN); // shows that the environment can be read
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            for (String file : List.of("cmdline", "environ")) {
                if (process.pid() == server.pid() && file.equals("environ")) {
                    continue;
                }
                String content = content(process.pid(), file);
                secrets.forEach((what, secret) -> assertThat(content)
                        .as("%s in /proc/%d/%s", what, process.pid(), file)
                        .doesNotContain(secret));
            }
        }
    }

    /** Empty for another user's process, or one that has ended. */
    private static String content(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(pid), file), StandardCharsets.ISO_8859_1);
        } catch (IOException notOurs) {
            return "";
        }
    }

    private static void assertNoCoreIsDumped(ServerProcess server, long vmm) {
        long shim = ProcessHandle.of(vmm)
                .flatMap(ProcessHandle::parent)
                .orElseThrow()
                .pid();
        for (long pid : List.of(server.pid(), vmm, shim)) {
            assertThat(content(pid, "limits"))
                    .as("limits of process %d", pid)
                    .containsPattern("(?m)^Max core file size +0 +0 +bytes");
        }
        assertThat(content(server.pid(), "cmdline")).contains("-XX:-CreateCoredumpOnCrash");
        assertThat(content(vmm, "cmdline").contains("qemu"))
                .isEqualTo(content(vmm, "cmdline").contains("dump-guest-core=off"));
    }
}
