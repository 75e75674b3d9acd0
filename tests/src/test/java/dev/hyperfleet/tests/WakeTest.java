package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Proxied.Way;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Machines that automatically sleep, wake, are restarted and stopped. */
class WakeTest {
    @TempDir
    Path state;

    private ServerProcess server;
    private Api api;

    @BeforeEach
    void startServer() throws IOException {
        server = ServerProcess.start(state);
        api = server.api();
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private Proxied web(String machine) {
        return new Proxied(server.proxy, Way.PATH, machine, WebApplication.PORT, Optional.empty(), Version.HTTP_1_1);
    }

    private Response await(String id, String status) {
        Response answer = api.get("/machines/%s/wait?status=%s".formatted(id, status));
        assertThat(answer.status()).as(answer.message()).isEqualTo(200);
        return answer;
    }

    private void configure(String id, Map<String, ?> settings) {
        Response answer = api.request("PATCH", "/machines/" + id, settings);
        assertThat(answer.status()).as(answer.message()).isEqualTo(200);
    }

    private List<String> events(String id) {
        return api.get("/machines/%s/events".formatted(id))
                .json()
                .get("events")
                .valueStream()
                .map(event -> event.get("type").asString())
                .toList();
    }

    @Test
    void aHundredFirstRequestsToAStoppedMachineStartItOnceAndAllAreAnswered() throws Exception {
        String id = WebApplication.run(api, "sleeper", Map.of("autostart", true));
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            all.add(web("sleeper").begin("/slow?ms=1"));
        }
        assertThat(all).allSatisfy(answer -> assertThat(answer.join().body()).isEqualTo("at last"));
        assertThat(Proxied.seen(web("sleeper").get("/seen")).get("served").asInt())
                .isEqualTo(101);
        assertThat(events(id))
                .filteredOn("starting"::equals)
                .as("by hand, and by the requests")
                .hasSize(2);
    }

    @Test
    void aServerThatIsKilledDuringAWakeAnswersTheNextRequest() throws Exception {
        String id = WebApplication.run(api, "sleeper", Map.of("autostart", true));
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        CompletableFuture<HttpResponse<String>> lost = web("sleeper").begin("/slow?ms=1");
        await(id, "starting");
        server.kill();
        assertThat(lost).failsWithin(java.time.Duration.ofSeconds(30));
        server = ServerProcess.start(state);
        api = server.api();
        assertThat(web("sleeper").get("/slow?ms=1").body()).isEqualTo("at last");
    }

    @Test
    void aForwardedConnectionEndsWithTheServerAndTheNextServerCarriesTheNextOne() throws Exception {
        WebApplication.run(api, "echoes", Map.of());
        try (ForwardedPort port =
                ForwardedPort.open(state, Map.of("HYPERFLEET_URL", server.url), "echoes", WebApplication.ECHO_PORT)) {
            try (RawConnection connection = port.connect()) {
                connection.send("before");
                assertThat(new String(connection.read(6), StandardCharsets.US_ASCII))
                        .isEqualTo("before");
                server.kill();
                assertThat(connection.rest()).isEmpty();
            }
            assertThat(port.next())
                    .isEqualTo("hyperfleet: A connection was lost: the connection was closed " + "unexpectedly");
            server = ServerProcess.start(
                    state, Map.of("PORT", String.valueOf(URI.create(server.url).getPort())));
            try (RawConnection connection = port.connect()) {
                connection.send("after").end();
                assertThat(connection.rest()).isEqualTo("after");
            }
        }
    }

    @Test
    void anIdleMachineIsPausedWithAllThatItHasAndARequestWakesIt() throws Exception {
        String id =
                WebApplication.run(api, "napper", Map.of("autostop", "pause", "idle_timeout", 1, "autostart", true));
        assertThat(Proxied.seen(web("napper").get("/seen")).get("served").asInt())
                .isOne();
        await(id, "paused");
        assertThat(Proxied.seen(web("napper").get("/seen")).get("served").asInt())
                .as("the same process continues")
                .isEqualTo(2);
        await(id, "paused");
        assertThat(api.exec(id, "true").message()).contains("'paused' state");
        assertThat(api.post("/machines/" + id + "/resume").field("status")).isEqualTo("running");
        assertThat(api.post("/machines/" + id + "/resume").status()).isEqualTo(400);
        await(id, "paused");
        assertThat(api.post("/machines/" + id + "/stop").field("status")).isEqualTo("stopped");
    }

    @Test
    void aPausedMachineIsStillPausedForTheNextServerAndGoesOnThere() throws Exception {
        String id = WebApplication.run(api, "napper", Map.of());
        assertThat(api.post("/machines/" + id + "/pause").field("status")).isEqualTo("paused");
        assertThat(api.post("/machines/" + id + "/pause").status()).isEqualTo(400);
        server.kill();
        server = ServerProcess.start(state);
        api = server.api();
        assertThat(api.status(id)).isEqualTo("paused");
        assertThat(api.post("/machines/" + id + "/resume").field("status")).isEqualTo("running");
        assertThat(Proxied.seen(web("napper").get("/seen")).get("served").asInt())
                .isOne();
    }

    @Test
    void whatIsInUseStaysAwake() throws Exception {
        String id = WebApplication.run(api, "busy", Map.of("autostop", "stop", "idle_timeout", 1));
        try (EchoSocket socket = EchoSocket.open(web("busy"), "/socket")) {
            assertThat(web("busy").get("/slow?ms=3000").body()).isEqualTo("at last");
            assertThat(socket.echo("still here")).isEqualTo("still here");
            assertThat(api.heldAwakeBy(id)).containsExactly("connections");
            api.start(id, Map.of(), "sleep", "4");
            // The agent reports it beside its answer, and on a busy host later than that.
            assertThat(api.exec(id, "sleep", "0.5").status()).isEqualTo(200);
        }
        JsonNode activity = api.get("/machines/" + id).json().get("activity");
        assertThat(activity.get("held_awake_by").valueStream().map(JsonNode::asString))
                .contains("processes");
        assertThat(activity.get("idle_since").isNull()).isTrue();
        assertThat(api.exec(id, "sleep", "3").status()).isEqualTo(200);
        await(id, "stopped");
        assertThat(web("busy").get("/").statusCode())
                .as("it must not start by itself")
                .isEqualTo(503);
    }

    @Test
    void aMachineThatDiesIsStartedAgainAsItsPolicySays() throws Exception {
        String id =
                WebApplication.run(api, "phoenix", Map.of("restart", Map.of("policy", "on-failure", "max_retries", 2)));
        long first = api.get("/machines/" + id).json().get("pid").asLong();
        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        JsonNode failed = await(id, "failed").json();
        assertThat(failed.get("restart").get("next_at").isNull()).isFalse();
        JsonNode again = await(id, "running").json();
        assertThat(again.get("pid").asLong()).isNotEqualTo(first);
        assertThat(again.get("restart").get("count").asInt()).isOne();
        assertThat(api.exec(id, "poweroff", "-f").status()).isIn(200, 502);
        JsonNode off = await(id, "stopped").json();
        assertThat(off.get("restart").get("next_at").isNull())
                .as("a guest that powers off has not failed")
                .isTrue();
    }

    @Test
    void aStartThatIsDueIsMadeUpForByTheNextServer() throws Exception {
        String id = WebApplication.run(api, "phoenix", Map.of("restart", Map.of("policy", "always")));
        ProcessHandle.of(api.get("/machines/" + id).json().get("pid").asLong())
                .orElseThrow()
                .destroyForcibly();
        await(id, "failed");
        server.kill();
        server = ServerProcess.start(state);
        api = server.api();
        await(id, "running");
    }

    @Test
    void healthIsShownAndKeepsPeopleOutWhereItIsTo() throws Exception {
        Map<String, Object> http = Map.of(
                "name", "web", "type", "http", "port", 8080, "path", "/status?code=200", "interval", 1, "gate", true);
        Map<String, Object> exec = Map.of(
                "name",
                "file",
                "type",
                "exec",
                "command",
                List.of("test", "-e", "/tmp/well"),
                "interval",
                1,
                "grace_period",
                0,
                "unhealthy_threshold",
                1,
                "gate",
                true);
        Map<String, Object> tcp = Map.of("name", "echo", "type", "tcp", "port", 8081);
        String id = WebApplication.run(api, "patient", Map.of("checks", List.of(http, exec, tcp), "autostop", "stop"));
        HttpResponse<String> ill = web("patient").get("/seen");
        assertThat(ill.statusCode()).isEqualTo(503);
        assertThat(ill.body()).contains("is not healthy");
        assertThat(api.exec(id, "touch", "/tmp/well").status()).isEqualTo(200);
        configure(id, Map.of("autostart", true)); // so that the gate waits for a starting machine
        assertThat(web("patient").get("/seen").statusCode()).isEqualTo(200);
        List<String> found = api.get("/machines/" + id)
                .json()
                .get("activity")
                .get("health")
                .valueStream()
                .map(check ->
                        check.get("name").asString() + " " + check.get("status").asString())
                .toList();
        assertThat(found).contains("web passing", "file passing");
        assertThat(api.heldAwakeBy(id)).as("checks do not keep it awake").doesNotContain("requests", "operations");
        Response wrong =
                api.request("PATCH", "/machines/" + id, Map.of("checks", List.of(Map.of("name", "x", "type", "http"))));
        assertThat(wrong.message()).isEqualTo("checks[0].port is required for this type");
    }

    @Test
    void aMachineHasSoManyRequestsAtATime() throws Exception {
        server.close();
        server = ServerProcess.start(state, Map.of("HYPERFLEET_PROXY_MACHINE_CONNECTIONS", "2"));
        api = server.api();
        WebApplication.run(api, "small", Map.of());
        try (EchoSocket one = EchoSocket.open(web("small"), "/socket");
                EchoSocket other = EchoSocket.open(web("small"), "/socket")) {
            assertThat(one.echo("one") + other.echo("other")).isEqualTo("oneother");
            HttpResponse<String> third = web("small").get("/seen");
            assertThat(third.statusCode()).isEqualTo(429);
            assertThat(third.body()).contains("TOO_MANY_REQUESTS");
        }
    }

    @Test
    void aMachineEndsWithItsTimeToLive() throws Exception {
        String id = WebApplication.run(api, "mortal", Map.of());
        configure(id, Map.of("ttl", 2));
        assertThat(await(id, "stopped").json().get("expires_at").isNull()).isFalse();
        String gone = api.create("gone");
        configure(gone, Map.of("ttl", 1, "ttl_action", "delete"));
        assertThat(api.get("/machines/%s/wait?status=running".formatted(gone)).status())
                .isEqualTo(404);
    }
}
