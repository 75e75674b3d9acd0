package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class PortRoutesTest {
    private final Client client;

    PortRoutesTest(Shared shared) {
        this.client = shared.client();
    }

    @Test
    void aLinkIsMadeIntoAnExposedPort() {
        String ports = client.create("linked") + "/ports";
        Response link = expect(201, client.post(ports + "/80/link", Map.of("expires_in", 60)));
        assertThat(link.field("url")).endsWith("=" + link.field("token"));
        expect(201, client.post(ports + "/80/link"));
        assertThat(expect(403, client.post(ports + "/22/link", Map.of())).message())
                .contains("Port 22", "is not exposed");
        assertThat(expect(400, client.post(ports + "/80/link", Map.of("expires_in", 0)))
                        .message())
                .contains("expires_in");
        expect(404, client.post(ports + "/65536/link", Map.of()));
    }

    @Test
    void aWebSocketCarriesAConnection() {
        String ports = client.run("connected") + "/ports";
        Messages messages = new Messages();
        client.connect(ports + "/80/connect", messages);
        assertThat(messages.first()).as("the guest says nothing").isEqualTo("end");
    }

    @Test
    void aPortThatCannotBeConnectedToIsRefused() {
        String machine = client.create("not-connected");
        assertThat(connect(machine, 22, 403).message()).contains("is not exposed");
        assertThat(connect(machine, 80, 503).code()).isEqualTo("UNAVAILABLE");
        expect(200, client.post(machine + "/start"));
        assertThat(connect(machine, 9000, 502).code()).isEqualTo("PORT_CLOSED");
    }

    private Response connect(String machine, int port, int status) {
        return expect(
                status,
                client.get(
                        "%s/ports/%d/connect".formatted(machine, port),
                        "Connection",
                        "Upgrade",
                        "Upgrade",
                        "websocket"));
    }
}
