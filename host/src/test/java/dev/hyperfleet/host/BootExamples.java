package dev.hyperfleet.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.json.JsonMapper;

/** The examples of kernel command lines, which the agent's own tests read too: protocol/boot. */
public final class BootExamples {
    private static final Path FOLDER = Path.of("..", "protocol", "boot");

    private BootExamples() {}

    /** The whole line of an example. */
    public static String line(String name) {
        try {
            String json = Files.readString(FOLDER.resolve(name + ".json"));
            return JsonMapper.shared().readTree(json).get("line").asString();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
