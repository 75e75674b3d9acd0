package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class QuotaRouteTest {
    private final Client client;

    QuotaRouteTest(Shared shared) {
        Quota one = new Quota(OptionalLong.of(1), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
        String key = shared.server().key("of-one-machine", one, Scope.ALL);
        this.client = new Client(shared.server().url(), Optional.of(key));
    }

    @Test
    void aKeyHasItsQuotaAndNoMore() {
        client.create("counted");
        JsonNode quota = expect(200, client.get("/quota")).json();
        assertThat(quota.get("key").get("machines").toString()).isEqualTo("{\"used\":1,\"limit\":1}");
        assertThat(quota.get("host").get("machines").get("used").asInt()).isPositive();
        Response refused =
                expect(403, client.post("/machines", Map.of("name", "more", "vcpu_count", 1, "mem_size_mib", 256)));
        assertThat(refused.code()).isEqualTo("QUOTA_EXCEEDED");
    }
}
