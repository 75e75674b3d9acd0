package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The server itself: its health and version, its start, its stop. */
@ExtendWith(SharedServer.class)
class ServerTest {
    private final ServerProcess server;
    private final Api api;

    @TempDir
    Path state;

    ServerTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
    }

    @Test
    void healthSaysWhatRunsHere() {
        JsonNode health = api.get("/health").json();
        assertThat(health.get("status").asString()).isEqualTo("ok");
        assertThat(health.get("vmm").asString()).isEqualTo(TestHome.VMM);
        assertThat(health.get("acceleration").asString()).isIn("kvm", TestHome.VMM.equals("qemu") ? "tcg" : "kvm");
        assertThat(health.get("vmm_reason").asString()).startsWithIgnoringCase(TestHome.VMM);
        assertThat(health.get("machines").get("running").asInt()).isPositive();
    }

    @Test
    void withoutFirecrackerItIsQemuAndHealthSaysWhy() throws IOException {
        Map<String, String> settings =
                Map.of("HYPERFLEET_VMM", "auto", "HYPERFLEET_FIRECRACKER_BIN", "/no/firecracker");
        try (ServerProcess own = ServerProcess.start(state, settings)) {
            JsonNode health = own.api().get("/health").json();
            assertThat(health.get("vmm").asString()).isEqualTo("qemu");
            assertThat(health.get("vmm_reason").asString())
                    .contains("Not Firecracker: /no/firecracker is not on the PATH.");
        }
    }

    @Test
    void theDescriptionThatIsServedIsTheOneInTheRepository() {
        assertThat(api.get("/openapi.json").json()).isEqualTo(ApiDescription.INSTANCE.tree());
    }

    @Test
    void thePageForPeopleNeedsNothingFromElsewhere() {
        Response page = api.get("/docs");
        String html = new String(page.body(), StandardCharsets.UTF_8);
        assertThat(html)
                .contains("/docs/swagger-ui-bundle.js")
                .doesNotContain("http://")
                .doesNotContain("https://");
        assertThat(page.header("content-security-policy").orElseThrow()).startsWith("default-src 'self'");
        for (String asset : new String[] {"swagger-ui.css", "swagger-ui-bundle.js", "docs.js", "favicon-32x32.png"}) {
            assertThat(api.get("/docs/" + asset).body()).as(asset).isNotEmpty();
        }
        assertThat(api.get("/docs/nothing").status()).isEqualTo(404);
    }

    @Test
    void metricsAreInPrometheusForm() {
        String metrics = new String(api.get("/metrics").body(), StandardCharsets.UTF_8);
        assertThat(metrics)
                .contains("hyperfleet_machines{status=\"running\"}")
                .contains(
                        "hyperfleet_http_request_duration_seconds_count{method=\"POST\",route=\"/machines\",status=\"201\"}")
                .contains("hyperfleet_machine_start_seconds_count")
                .contains("jvm_memory_used_bytes");
    }

    @Test
    void everyRequestHasAnIdWhichIsInTheLog() {
        String nowhere = "/machines/abcdefghijkl/start"; // successful reads are not logged
        Response answer = api.request("POST", nowhere, "X-Request-Id", "my-request.1");
        assertThat(answer.header("x-request-id")).contains("my-request.1");
        assertThat(api.request("POST", nowhere, "X-Request-Id", "a b\"")
                        .header("x-request-id")
                        .orElseThrow())
                .matches("[0-9a-f]{16}");
        assertThat(String.join("\n", server.log())).contains("\"request_id\":\"my-request.1\"");
    }

    @Test
    void aSecondServerOnTheSameHomeRefusesToStart() throws IOException {
        refusesToStart();
        Files.delete(server.state.resolve("server.lock")); // it may look like a leftover
        refusesToStart();
    }

    private void refusesToStart() {
        Cli.Result second = Cli.run(server.state, "serve");
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.output())
                .endsWith("Another server runs on %s. Stop it, or set HYPERFLEET_HOME to another folder."
                        .formatted(server.state));
    }

    @Test
    void aWrongSettingStopsTheServerWithOneLineThatNamesIt() {
        assertSetting(Map.of("PORT", "70000"), "PORT is '70000': it must be a whole number from 0 to 65535");
        assertSetting(
                Map.of("DISABLE_AUTH", "true", "HYPERFLEET_HOST", "0.0.0.0"),
                "DISABLE_AUTH is 'true': it must be false unless HYPERFLEET_HOST is a loopback address; it is 0.0.0.0");
        assertSetting(Map.of("HYPERFLEET_VMM", "xen"), "HYPERFLEET_VMM is 'xen': it must be auto, qemu or firecracker");
        assertSetting(
                Map.of("HYPERFLEET_NETWORK", "bridge"), "HYPERFLEET_NETWORK is 'bridge': it must be auto, user or tap");
        assertSetting(
                Map.of("HYPERFLEET_NETWORK_POOL", "10.0.0.0/31"),
                "HYPERFLEET_NETWORK_POOL is '10.0.0.0/31': it must be one IPv4 block of at least 8 addresses, like"
                        + " 10.213.0.0/16");
        assertSetting(
                Map.of("HYPERFLEET_DNS", "1.1.1.1,8.8.8.8"),
                "HYPERFLEET_DNS is '1.1.1.1,8.8.8.8': it must be one IPv4 address");
        assertSetting(
                Map.of("HYPERFLEET_STOP_TIMEOUT", "0"),
                "HYPERFLEET_STOP_TIMEOUT is '0': it must be a whole number from 1 to 3600");
        assertSetting(
                Map.of("HYPERFLEET_SOCKET_DIR", "/tmp/" + "x".repeat(80)),
                "HYPERFLEET_SOCKET_DIR is '/tmp/" + "x".repeat(80)
                        + "': it must be at most 63 bytes long: a Unix socket's path has to fit");
    }

    private void assertSetting(Map<String, String> settings, String message) {
        assertThat(Cli.run(state, settings, "serve")).isEqualTo(new Cli.Result(2, "hyperfleet: " + message));
    }

    @Test
    void aFirecrackerThatCannotBeUsedIsSaidInOneLine() throws IOException {
        assertFirecracker(
                Map.of("HYPERFLEET_FIRECRACKER_BIN", "/no/firecracker"), "/no/firecracker is not on the PATH");
        String old = firecracker("1.6.9");
        assertFirecracker(Map.of("HYPERFLEET_FIRECRACKER_BIN", old), old + " is 1.6.9, and 1.7.0 or newer is needed");
        Cli.Result unjailed = Cli.run(
                state,
                Map.of(
                        "HYPERFLEET_VMM", "firecracker",
                        "HYPERFLEET_FIRECRACKER_BIN", firecracker("1.16.1"),
                        "HYPERFLEET_JAILER_BIN", "/no/jailer",
                        "HYPERFLEET_REQUIRE_JAIL", "true"),
                "serve");
        assertThat(unjailed.exitCode()).isEqualTo(1);
        assertThat(unjailed.output())
                .startsWith("hyperfleet: HYPERFLEET_VMM is firecracker, but HYPERFLEET_REQUIRE_JAIL is true, and ");
    }

    private void assertFirecracker(Map<String, String> settings, String obstacle) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("HYPERFLEET_VMM", "firecracker");
        assertThat(Cli.run(state, all, "serve"))
                .isEqualTo(new Cli.Result(
                        1,
                        "hyperfleet: HYPERFLEET_VMM is firecracker, but %s. HYPERFLEET_VMM=auto uses QEMU instead."
                                .formatted(obstacle)));
    }

    @Test
    void theDoctorWarnsOfAFirecrackerWhoseGuestsCannotBePausedAndNamesTheOneThatMendsIt() throws IOException {
        assertThat(doctor("1.16.1"))
                .containsPattern(
                        "warn +pause +machines cannot be paused, and their memory not saved: Firecracker 1.16.1 .*1.16.2 or newer is needed"
                                + " +→ install Firecracker 1.17.0 or newer");
        assertThat(doctor("1.16.2")).containsPattern("warn +pause +Firecracker 1.16.2 may keep a CPU busy");
        assertThat(doctor("1.17.0")).doesNotContain(" pause ");
    }

    private String doctor(String firecracker) throws IOException {
        return Cli.run(
                        state,
                        Map.of("HYPERFLEET_VMM", "auto", "HYPERFLEET_FIRECRACKER_BIN", firecracker(firecracker)),
                        "doctor")
                .output();
    }

    /** A program that reports this version. */
    private String firecracker(String version) throws IOException {
        Path program = state.resolve("firecracker-" + version);
        Files.writeString(program, "#!/bin/sh\necho Firecracker v" + version + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program.toString();
    }

    @Test
    void aMissingKernelIsSaidInOneLine() {
        Cli.Result result = Cli.run(state, Map.of("HYPERFLEET_KERNEL_IMAGE_PATH", "/no/kernel"), "serve");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output())
                .isEqualTo("hyperfleet: /no/kernel is not a readable file. 'hyperfleet setup' builds the default"
                        + " ones; HYPERFLEET_KERNEL_IMAGE_PATH names another.");
    }

    @Test
    void anOccupiedPortIsSaidInOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());
            Cli.Result result = Cli.run(state, Map.of("PORT", port), "serve");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.output().lines().toList().getLast())
                    .startsWith("hyperfleet: Cannot listen on 127.0.0.1 port " + port)
                    .contains("Address already in use");
        }
    }

    @Test
    void aDamagedDatabaseIsSaidInOneLineAndLeftAsItIs() throws IOException {
        Path database = state.resolve("hyperfleet.db");
        Files.writeString(database, "this is no database, and long enough not to be taken for an empty one".repeat(20));
        byte[] before = Files.readAllBytes(database);
        Cli.Result result = Cli.run(state, "serve");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output().lines().toList().getLast())
                .startsWith("hyperfleet: Cannot open the database " + database)
                .endsWith("restore a backup, or move it away to start with an empty one.");
        assertThat(Files.readAllBytes(database)).isEqualTo(before);
    }

    @Test
    void whenItIsToldToStopItEndsWhatIsUnderWayAndMachinesRunOn() throws Exception {
        try (ServerProcess own = ServerProcess.start(state)) {
            Api client = own.api();
            String id = client.run("runs-on");
            long pid = client.get("/machines/" + id).json().get("pid").asLong();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Response> wait = threads.submit(() -> client.get("/machines/" + id + "/wait?status=failed"));
                Future<Response> exec = threads.submit(() -> client.exec(id, "sleep", "2"));
                assertThat(client.exec(id, "sleep", "1").status()).isEqualTo(200); // by now both are in progress
                assertThat(own.terminate()).isLessThan(10_000);
                assertThat(wait.get().status()).isEqualTo(503);
                assertThat(exec.get().status()).isEqualTo(200);
            }
            assertThat(ProcessHandle.of(pid).orElseThrow().isAlive()).isTrue();
        }
        try (ServerProcess next = ServerProcess.start(state)) {
            assertThat(next.api()
                            .get("/machines?status=running")
                            .json()
                            .get("total")
                            .asInt())
                    .isOne();
        }
    }
}
