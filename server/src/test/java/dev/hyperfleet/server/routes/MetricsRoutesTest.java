package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class MetricsRoutesTest {
    private static final double MIB = 1024 * 1024;

    private final FakeHost host;
    private final Client client;

    MetricsRoutesTest(Shared shared) {
        this.host = shared.server().host();
        this.client = shared.client();
    }

    @Test
    void metricsAreOfGuestAndVmmWhileTheyRun() {
        String machine = client.create("measured");
        JsonNode before = expect(200, client.get(machine + "/metrics")).json();
        assertThat(before.get("guest").isNull() && before.get("vmm").isNull()).isTrue();
        expect(200, client.post(machine + "/start"));
        JsonNode after = expect(200, client.get(machine + "/metrics")).json();
        assertThat(after.get("guest").get("cpus").asInt()).isOne();
        assertThat(after.get("vmm").get("pid").asLong()).isPositive();
    }

    @Test
    void theServerSaysWhatItIsAndWhatTheHostHas() {
        assertThat(text())
                .contains("hyperfleet_build_info{version=\""
                        + health().get("version").asString() + "\"} 1");
        assertThat(metric("hyperfleet_host_memory_bytes")).isPositive();
        assertThat(metric("hyperfleet_host_memory_available_bytes")).isPositive();
        assertThat(metric("hyperfleet_disk_size_bytes{holds=\"machines\"}"))
                .isGreaterThan(metric("hyperfleet_disk_free_bytes{holds=\"machines\"}"));
        assertThat(metric("hyperfleet_database_waiting_writes")).isNotNegative();
    }

    @Test
    void theServerSaysWhatRunningMachinesUseAndMayUse() {
        String machine = client.run("using");
        JsonNode quota = expect(200, client.get("/quota")).json().get("host");
        for (var metric :
                Map.of("running_machines", "running", "running_vcpus", "vcpus").entrySet()) {
            assertThat(metric("hyperfleet_" + metric.getKey()))
                    .isEqualTo(quota.get(metric.getValue()).get("used").asDouble());
        }
        assertThat(metric("hyperfleet_running_memory_bytes"))
                .isEqualTo(quota.at("/mem_size_mib/used").asDouble() * MIB);
        assertThat(metric("hyperfleet_running_memory_limit_bytes"))
                .isEqualTo(quota.at("/mem_size_mib/limit").asDouble() * MIB);
        assertThat(metric("hyperfleet_running_machines_limit"))
                .isEqualTo(quota.at("/running/limit").asDouble());
        assertThat(metric("hyperfleet_machines_limit"))
                .isEqualTo(quota.at("/machines/limit").asDouble());
        assertThat(text()).doesNotContain("hyperfleet_running_vcpus_limit "); // it has none
        double before = metric("hyperfleet_running_machines");
        expect(200, client.post(machine + "/stop"));
        assertThat(metric("hyperfleet_running_machines")).isEqualTo(before - 1);
    }

    @Test
    void restartsByPolicyAreCountedAndOthersAreNot() throws IOException {
        double before = metric("hyperfleet_machine_restarts_total");
        String machine = client.create("restarted");
        expect(200, client.sendJson("PATCH", machine, Map.of("restart", Map.of("policy", "always"))));
        expect(200, client.post(machine + "/start"));
        expect(200, client.post(machine + "/restart"));
        assertThat(metric("hyperfleet_machine_restarts_total")).isEqualTo(before);
        MachineId id = new MachineId(machine.replace("/machines/", ""));
        try (BufferedReader events = client.stream(machine + "/events")) {
            host.vmm(id).orElseThrow().end(FakeHost.PANICKED);
            String line = events.readLine();
            while (!line.contains("restart policy")) {
                line = Objects.requireNonNull(events.readLine());
            }
        }
        assertThat(metric("hyperfleet_machine_restarts_total")).isEqualTo(before + 1);
        expect(200, client.get(machine + "/wait?status=running"));
        expect(200, client.post(machine + "/stop"));
    }

    @Test
    void anAgentThatFailsIsCounted() {
        double before = metric("hyperfleet_http_errors_total{code=\"GUEST_ERROR\"}");
        String machine = client.run("silent");
        expect(502, client.post(machine + "/exec", Map.of("command", List.of("silence"))));
        expect(404, client.get("/machines/none"));
        assertThat(metric("hyperfleet_http_errors_total{code=\"GUEST_ERROR\"}")).isEqualTo(before + 1);
    }

    private JsonNode health() {
        return expect(200, client.get("/health")).json();
    }

    private String text() {
        return new String(expect(200, client.get("/metrics")).body(), StandardCharsets.UTF_8);
    }

    private double metric(String name) {
        return text().lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no " + name));
    }
}
