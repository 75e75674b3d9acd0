package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.server.routes.SharedServer.Shared;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class AuditRouteTest {
    private final Client client;

    AuditRouteTest(Shared shared) {
        this.client = shared.client();
    }

    @Test
    void changesAreInTheAuditLog() {
        String machine = client.create("audited");
        JsonNode page = expect(200, client.get("/audit?limit=1000")).json();
        assertThat(page.get("records").toString()).contains(machine.replace("/machines/", ""));
        assertThat(expect(400, client.get("/audit?limit=0&cursor=-1")).message())
                .contains("limit", "cursor");
    }
}
