package dev.hyperfleet.host.shim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/** The examples of the shim's formats, which the shim's own tests read too: protocol/shim. */
final class ProtocolExamples {
    private static final Path FOLDER = Path.of("..", "protocol", "shim");

    private ProtocolExamples() {}

    static String read(String name) throws IOException {
        return Files.readString(FOLDER.resolve(name));
    }

    static JsonNode json(String name) throws IOException {
        return ShimFormat.JSON.readTree(read(name));
    }

    /** As it goes over a connection. */
    static String line(String name) throws IOException {
        return ShimFormat.JSON.writeValueAsString(json(name)) + "\n";
    }
}
