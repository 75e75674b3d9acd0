package dev.hyperfleet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a running server leaves in its home, so that commands of the home's owner need no settings: its address, and a
 * key that is valid while it runs. Who can read the home can create keys anyway.
 */
public final class LocalServer {
    private static final String NAME = "server.json";

    private LocalServer() {}

    /** Writes the file for its owner alone, all of it or nothing. */
    public static void write(Path home, String url, String key) throws IOException {
        PrivateFile.write(home.resolve(NAME), JsonMapper.shared().writeValueAsBytes(Map.of("url", url, "key", key)));
    }

    /** The server has stopped. */
    public static void remove(Path home) throws IOException {
        Files.deleteIfExists(home.resolve(NAME));
    }

    /** The server of this home, if one has left its address and this user may read it. */
    static Optional<Connection> read(Path home) {
        try {
            JsonNode server = JsonMapper.shared().readTree(Files.readAllBytes(home.resolve(NAME)));
            return Optional.of(new Connection(
                    server.path("url").asString(),
                    Optional.of(server.path("key").asString())));
        } catch (IOException | JacksonException none) {
            return Optional.empty();
        }
    }
}
