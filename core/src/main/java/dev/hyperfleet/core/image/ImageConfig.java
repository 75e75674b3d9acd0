package dev.hyperfleet.core.image;

import java.util.List;
import java.util.Map;

/**
 * How the program of a container image is to run.
 *
 * @param entrypoint the beginning of its command line; may be empty
 * @param command the rest of it; may be empty
 * @param environment variables, by name
 * @param user a name or number, perhaps with a group after a colon; empty for root
 * @param directory where it starts; empty for the root
 * @param labels of the image, by name
 */
public record ImageConfig(
        List<String> entrypoint,
        List<String> command,
        Map<String, String> environment,
        String user,
        String directory,
        Map<String, String> labels) {
    public ImageConfig {
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        labels = Map.copyOf(labels);
    }
}
