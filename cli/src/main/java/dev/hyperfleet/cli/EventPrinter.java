package dev.hyperfleet.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;

/**
 * Events, a line each.
 *
 * @param json whether for programs
 */
record EventPrinter(Output output, boolean json) {
    void print(JsonNode event) {
        if (json) {
            output.jsonLine(event);
            return;
        }
        String message = event.path("message").asString("").lines().findFirst().orElse("");
        String by = event.path("actor").asString("");
        output.text("%s  %s  %s  %s%s%s"
                .formatted(
                        time(event).truncatedTo(ChronoUnit.SECONDS),
                        event.get("machine_id").asString(),
                        event.get("machine_name").asString(),
                        event.get("type").asString(),
                        by.isEmpty() ? "" : "  by " + by,
                        message.isEmpty() ? "" : "  " + message));
    }

    static Instant time(JsonNode event) {
        return Instant.parse(event.get("at").asString());
    }
}
