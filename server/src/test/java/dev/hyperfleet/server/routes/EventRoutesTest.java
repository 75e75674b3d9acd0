package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.io.BufferedReader;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class EventRoutesTest {
    private final Client client;

    EventRoutesTest(Shared shared) {
        this.client = shared.client();
    }

    @Test
    void eventsAreReadInPagesOrFollowed() throws IOException {
        String events = client.run("eventful") + "/events";
        JsonNode page = expect(200, client.get(events + "?limit=1")).json();
        assertThat(page.get("events")).hasSize(1);
        assertThat(page.get("more").asBoolean()).isTrue();
        String cursor = page.get("cursor").asString();
        assertThat(expect(200, client.get("/events?limit=1&cursor=" + cursor))
                        .json()
                        .get("events"))
                .hasSize(1);
        for (String path : new String[] {events, "/events"}) {
            try (BufferedReader stream = client.stream(path)) {
                assertThat(stream.readLine()).startsWith("id: ");
            }
            assertThat(expect(400, client.get(path + "?cursor=x&limit=0")).message())
                    .contains("cursor", "limit");
        }
    }
}
