package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.host.FakeConsoles;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class LogRouteTest {
    private final Client client;

    LogRouteTest(Shared shared) {
        this.client = shared.client();
    }

    private static String body(Response answer) {
        return new String(expect(200, answer).body(), StandardCharsets.UTF_8);
    }

    @Test
    void aConsoleIsReadAsTextOrAsEvents() throws IOException {
        String logs = client.run("console") + "/logs";
        assertThat(body(client.get(logs))).isEqualTo(FakeConsoles.TEXT);
        assertThat(body(client.get(logs + "?tail=1&since=2026-01-31T12:00:00Z")))
                .isEqualTo("three\n");
        assertThat(body(client.get(logs, "Accept", "text/event-stream"))).contains("event: log");
        try (BufferedReader events = client.stream(logs + "?follow=true")) {
            assertThat(events.readLine()).isEqualTo("event: log");
        }
        assertThat(expect(400, client.get(logs + "?tail=-1&since=now")).message())
                .contains("tail", "since");
    }
}
