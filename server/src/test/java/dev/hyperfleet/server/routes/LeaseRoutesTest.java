package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class LeaseRoutesTest {
    private static final String NONCE = "Machine-Lease-Nonce";

    private final Client client;

    LeaseRoutesTest(Shared shared) {
        this.client = shared.client();
    }

    @Test
    void aLeaseIsTakenShownRenewedAndReleased() {
        String lease = client.create("lease") + "/lease";
        Response taken = expect(201, client.post(lease, Map.of("ttl", 60, "description", "deploys")));
        String nonce = taken.field("nonce");
        assertThat(expect(200, client.get(lease)).json().get("nonce").isNull()).isTrue();
        Response renewed = expect(200, client.sendJson("POST", lease, Map.of("ttl", 90), NONCE, nonce));
        assertThat(renewed.field("description")).isEqualTo("deploys");
        assertThat(expect(409, client.delete(lease)).message()).contains("leased by 'all'");
        expect(204, client.delete(lease, NONCE, nonce));
        assertThat(expect(409, client.delete(lease, NONCE, nonce)).code()).isEqualTo("LEASE_LOST");
        assertThat(expect(404, client.get(lease)).message()).contains("is not leased");
    }

    @Test
    void aWrongLeaseIsRefusedByTheNamesOfItsFields() {
        String lease = client.create("wrong-lease") + "/lease";
        Response refused = expect(400, client.post(lease, Map.of("ttl", 0, "description", "x".repeat(257))));
        assertThat(refused.message()).contains("ttl", "description");
    }
}
