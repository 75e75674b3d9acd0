package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Observation of machines: events, consoles, metrics. */
@ExtendWith(SharedServer.class)
class ObservationTest {
    private final Api api;
    private final String id;

    ObservationTest(Shared shared) {
        this.api = shared.api();
        this.id = shared.runningId();
    }

    private static List<String> types(JsonNode page) {
        List<String> types = new ArrayList<>();
        page.get("events").forEach(event -> types.add(event.get("type").asString()));
        return types;
    }

    @Test
    void aMachinesWholeLifeIsInItsEventsWithWhoHasCausedIt() {
        String life = api.create("watched-life");
        String path = "/machines/" + life;
        assertThat(api.request("POST", path + "/start", "X-Request-Id", "my-start")
                        .status())
                .isEqualTo(200);
        api.post(path + "/stop");
        assertThat(api.delete(path).status()).isEqualTo(204);
        JsonNode page = api.get(path + "/events").json();
        assertThat(types(page)).containsExactly("pending", "starting", "running", "stopping", "stopped", "deleted");
        for (int number : List.of(1, 2)) {
            JsonNode event = page.get("events").get(number);
            assertThat(event.get("request_id").asString()).isEqualTo("my-start");
            assertThat(event.get("actor").asString()).isEqualTo("all");
            assertThat(event.get("machine_name").asString()).isEqualTo("watched-life");
        }
        JsonNode first = api.get(path + "/events?limit=2").json();
        assertThat(types(first)).containsExactly("pending", "starting");
        assertThat(first.get("more").asBoolean()).isTrue();
        JsonNode rest = api.get(
                        path + "/events?limit=10&cursor=" + first.get("cursor").asString())
                .json();
        assertThat(types(rest)).containsExactly("running", "stopping", "stopped", "deleted");
        assertThat(rest.get("more").asBoolean()).isFalse();
        assertThat(api.get("/events?cursor=x").status()).isEqualTo(400);
        assertThat(api.get(path + "/events?limit=0").status()).isEqualTo(400);
        assertThat(api.get("/machines/abcdefghijkl/events").status()).isEqualTo(404);
    }

    @Test
    void aTerminalThatIsOpenedIsInTheAuditLog() {
        String process = api.start(id, Map.of("stdin", "open"), "cat");
        String path = "/machines/" + id + "/processes/" + process;
        try (Terminal terminal = api.attach(path + "/attach")) {
            List<String> opened = new ArrayList<>();
            String cursor = "0";
            boolean more = true;
            while (more) {
                JsonNode page = api.get("/audit?limit=1000&cursor=" + cursor).json();
                for (JsonNode entry : page.get("records")) {
                    if (entry.get("status").asInt() == 101) {
                        opened.add("%s %s %s"
                                .formatted(
                                        entry.get("key_name").asString(),
                                        entry.get("route").asString(),
                                        entry.get("machine_id").asString()));
                    }
                }
                cursor = page.get("cursor").asString();
                more = page.get("more").asBoolean();
            }
            assertThat(opened).contains("all /machines/{id}/processes/{process}/attach " + id);
            assertThat(terminal).isNotNull();
        }
        api.delete(path);
    }

    @Test
    void whoFollowsEventsAndIsCutOffMissesNone(@TempDir Path state) throws Exception {
        String last;
        String cursor;
        try (ServerProcess first = ServerProcess.start(state)) {
            Api one = first.api();
            try (EventReader events = one.events("/events?cursor=end")) {
                String machine = one.create("one");
                EventReader.Event event = events.next().orElseThrow();
                assertThat(event.type()).isEqualTo("pending");
                assertThat(event.data().get("machine_id").asString()).isEqualTo(machine);
                assertThat(event.data().get("actor").isNull()).isTrue();
                cursor = event.id();
            }
            for (int number = 0; number < 150; number++) {
                one.create("m" + number);
            }
            first.kill();
        }
        try (ServerProcess second = ServerProcess.start(state);
                EventReader events = second.api().events("/events", "Last-Event-ID", cursor)) {
            for (int number = 0; number < 150; number++) {
                assertThat(events.next()
                                .orElseThrow()
                                .data()
                                .get("machine_name")
                                .asString())
                        .isEqualTo("m" + number);
            }
            last = second.api().create("afterwards");
            assertThat(events.next().orElseThrow().data().get("machine_id").asString())
                    .isEqualTo(last);
        }
    }

    @Test
    void theConsoleIsReadAndFollowedAndOutlivesTheMachinesRun() throws Exception {
        String machine = api.run("talkative");
        String logs = "/machines/" + machine + "/logs";
        api.exec(machine, "sh", "-c", "for i in 1 2 3; do echo line $i > /dev/console; done");
        assertThat(api.get(logs + "?tail=2").body()).asString().isEqualToNormalizingNewlines("line 2\nline 3\n");
        assertThat(api.get(logs + "?tail=0").body()).isEmpty();
        Thread.sleep(2000); // so that later output is of another second
        Instant now = Instant.now();
        try (EventReader events = api.events(logs + "?follow=true&tail=0")) {
            api.exec(machine, "sh", "-c", "echo followed > /dev/console");
            StringBuilder seen = new StringBuilder();
            while (seen.indexOf("followed") < 0) {
                seen.append(new String(events.await("log").bytes(), StandardCharsets.UTF_8));
            }
        }
        assertThat(api.get(logs + "?since=" + now.minusSeconds(1)).body())
                .asString()
                .contains("followed")
                .doesNotContain("line 3");
        api.post("/machines/" + machine + "/stop");
        assertThat(api.get(logs).body()).asString().contains("line 1").contains("followed");
        assertThat(api.get(logs + "?since=yesterday").status()).isEqualTo(400);
        assertThat(api.get("/machines/abcdefghijkl/logs").status()).isEqualTo(404);
        // A follower gets the machine's end.
        try (EventReader events = api.events(logs + "?follow=true&tail=0")) {
            assertThat(api.delete("/machines/" + machine).status()).isEqualTo(204);
            assertThat(events.next()).isEqualTo(Optional.empty());
        }
    }

    @Test
    void metricsTellWhatTheGuestAndItsVmmUse() {
        JsonNode metrics = api.get("/machines/" + id + "/metrics").json();
        JsonNode guest = metrics.get("guest");
        assertThat(guest.get("cpus").asInt()).isEqualTo(1);
        assertThat(guest.get("memory_total_bytes").asLong()).isBetween(150L << 20, 256L << 20);
        assertThat(guest.get("memory_available_bytes").asLong()).isPositive();
        assertThat(guest.get("disk_total_bytes").asLong()).isGreaterThan(1L << 30);
        assertThat(guest.get("cpu_ms").asLong()).isPositive();
        assertThat(guest.get("uptime_ms").asLong()).isPositive();
        assertThat(metrics.get("vmm").get("memory_bytes").asLong()).isGreaterThan(32L << 20);
        assertThat(metrics.get("vmm").get("cpu_ms").asLong()).isPositive();
        String stopped = api.create("no-metrics");
        JsonNode none = api.get("/machines/" + stopped + "/metrics").json();
        assertThat(none.get("guest").isNull() && none.get("vmm").isNull()).isTrue();
        assertThat(api.get("/machines/abcdefghijkl/metrics").status()).isEqualTo(404);
        api.delete("/machines/" + stopped);
    }

    /** Every operation that needs a guest, for a machine that does not run, and for one that does not exist. */
    @Test
    void whatNeedsAGuestIsRefusedWhereNoneRuns() {
        String pending = api.create("not-running");
        for (String path : ApiDescription.INSTANCE.paths()) {
            for (Map.Entry<String, JsonNode> operation : ApiDescription.INSTANCE.operations(path)) {
                String scope = operation.getValue().path("x-scope").asString("");
                if (!scope.equals("machines:exec") || !path.startsWith("/machines/{id}")) {
                    continue;
                }
                assertThat(ask(path, operation, "abcdefghijkl").status())
                        .as(path)
                        .isEqualTo(404);
                Response answer = ask(path, operation, pending);
                assertThat(answer.status()).as(path + ": " + answer.message()).isEqualTo(400);
                assertThat(answer.message()).contains("in machine in 'pending' state");
            }
        }
        api.delete("/machines/" + pending);
    }

    private Response ask(String path, Map.Entry<String, JsonNode> operation, String machine) {
        String asked = path.replace("{id}", machine)
                .replace("{process}", "abcdefghijkl")
                .replace("{snapshot}", "abcdefghijkl")
                .replace("{port}", "8080");
        return operation.getValue().at("/requestBody/content").has("application/json")
                ? api.post(asked, body(path))
                : api.request(
                        operation.getKey().toUpperCase(java.util.Locale.ROOT),
                        asked + (path.contains("/files") ? "?path=/x" : ""));
    }

    private static Map<String, Object> body(String path) {
        return switch (path.substring(path.lastIndexOf('/') + 1)) {
            case "signal" -> Map.of("signal", 1);
            case "resize" -> Map.of("rows", 1, "cols", 1);
            case "mkdir" -> Map.of("path", "/x");
            case "move", "copy" -> Map.of("from", "/x", "to", "/y");
            case "chmod" -> Map.of("path", "/x", "mode", "0644");
            default -> Map.of("command", List.of("true"));
        };
    }
}
