package dev.hyperfleet.cli;

import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** The events that a server has kept, oldest first. */
final class EventPages {
    private EventPages() {}

    /** Reads all; returns the cursor for those that come next. */
    static String read(ApiClient client, String path, Consumer<JsonNode> reader) {
        String cursor = "0";
        JsonNode page;
        do {
            page = client.getPath(path + "?limit=1000&cursor=" + cursor);
            page.get("events").forEach(reader);
            cursor = page.get("cursor").asString();
        } while (page.get("more").asBoolean());
        return cursor;
    }
}
