package dev.hyperfleet.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What server and agent have agreed on about the channel between them. */
public final class AgentChannel {
    private AgentChannel() {}

    public static JsonNode agreed() throws IOException {
        return JsonMapper.shared()
                .readTree(Files.readAllBytes(Path.of("..", "protocol", "guest", "v1", "channel.json")));
    }
}
