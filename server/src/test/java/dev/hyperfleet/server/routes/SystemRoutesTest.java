package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** A server's own state: health, recovery, documents. */
@ExtendWith(SharedServer.class)
class SystemRoutesTest {
    private final Client client;
    private final Client stranger;

    SystemRoutesTest(Shared shared) {
        this.client = shared.client();
        this.stranger = shared.stranger();
    }

    @Test
    void everybodyIsToldWhetherItIsWell() {
        for (String path : List.of("/health", "/livez", "/readyz")) {
            expect(200, stranger.get(path));
        }
        assertThat(stranger.get("/health").json().toString()).contains("\"fake\"");
    }

    @Test
    void theRecoveryOfANewServerHasNothingToTell() {
        assertThat(expect(200, client.get("/recovery")).json().get("steps")).isEmpty();
    }

    @Test
    void theDescriptionIsServedToEverybody() {
        JsonNode description = expect(200, stranger.get("/openapi.json")).json();
        assertThat(Set.copyOf(description.get("paths").propertyNames()))
                .isEqualTo(Set.copyOf(Call.all().stream().map(Call::template).toList()));
        for (String path : List.of("/docs", "/docs/docs.js")) {
            expect(200, stranger.get(path));
        }
        expect(404, stranger.get("/docs/none.js"));
        assertThat(new String(expect(200, stranger.get("/openapi.yaml")).body(), StandardCharsets.UTF_8))
                .startsWith("openapi: 3.1");
    }

    @Test
    void theRootLeadsPeopleToThePageAndProgramsOn() {
        assertThat(expect(200, stranger.get("/")).field("openapi")).isEqualTo("/openapi.json");
        assertThat(expect(302, stranger.get("/", "Accept", "text/html,*/*;q=0.8"))
                        .header("location"))
                .contains("/docs");
    }
}
