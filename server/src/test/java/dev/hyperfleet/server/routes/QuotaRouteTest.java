package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class QuotaRouteTest {
    private static final OptionalLong ANY = OptionalLong.empty();

    private final Shared shared;

    QuotaRouteTest(Shared shared) {
        this.shared = shared;
    }

    private Client client(String name, Quota quota) {
        return new Client(shared.server().url(), Optional.of(shared.server().key(name, quota, Scope.ALL)));
    }

    @Test
    void aKeyHasItsQuotaAndNoMore() {
        Client client = client("of-one-machine", new Quota(OptionalLong.of(1), ANY, ANY, ANY, ANY, ANY));
        client.create("counted");
        JsonNode quota = expect(200, client.get("/quota")).json();
        assertThat(quota.get("key").get("machines").toString()).isEqualTo("{\"used\":1,\"limit\":1}");
        assertThat(quota.get("host").get("machines").get("used").asInt()).isPositive();
        Response refused =
                expect(403, client.post("/machines", Map.of("name", "more", "vcpu_count", 1, "mem_size_mib", 256)));
        assertThat(refused.code()).isEqualTo("QUOTA_EXCEEDED");
    }

    @Test
    void aKeysSnapshotsCountUntilTheyAreDeleted() {
        Client client = client("of-two-snapshots", new Quota(ANY, ANY, ANY, ANY, OptionalLong.of(2), ANY));
        String source = client.run("saved-often");
        for (String name : List.of("one", "two")) {
            expect(201, client.post(source + "/snapshots", Map.of("name", name)));
        }
        Response refused = expect(403, client.post(source + "/snapshots", Map.of("name", "three")));
        assertThat(refused.code()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(refused.message()).contains("may have 2 snapshots, has 2");
        expect(200, client.post(source + "/stop"));
        expect(200, client.post(source + "/start"));
        expect(204, client.delete("/snapshots/one"));
        assertThat(snapshots(client)).isEqualTo("{\"used\":1,\"limit\":2}");
        expect(201, client.post(source + "/snapshots", Map.of("name", "three")));
        assertThat(snapshots(client)).isEqualTo("{\"used\":2,\"limit\":2}");
    }

    private static String snapshots(Client client) {
        return expect(200, client.get("/quota")).json().at("/key/snapshots").toString();
    }
}
