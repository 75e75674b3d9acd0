package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class MetricsRoutesTest {
    private final Client client;

    MetricsRoutesTest(Shared shared) {
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
    void metricsAreServedAsText() {
        client.create("in-the-metrics");
        String metrics = new String(expect(200, client.get("/metrics")).body(), StandardCharsets.UTF_8);
        assertThat(metrics).contains("hyperfleet_machines", "hyperfleet_disk_free_bytes");
    }
}
