package dev.hyperfleet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The servers that a user has logged in to, in $XDG_CONFIG_HOME/hyperfleet/contexts.json. It holds keys, so it is for its
 * owner alone.
 */
final class ContextFile {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    private final Path file;

    /**
     * The contexts, by name.
     *
     * @param current the name of the chosen one; empty for none
     */
    record Contexts(String current, Map<String, Connection> all) {}

    ContextFile(Path file) {
        this.file = file;
    }

    static ContextFile of(Map<String, String> environment) {
        Path configuration = Optional.ofNullable(environment.get("XDG_CONFIG_HOME"))
                .filter(text -> !text.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(environment.getOrDefault("HOME", "/nonexistent"), ".config"));
        return new ContextFile(configuration.resolve("hyperfleet/contexts.json"));
    }

    /** The context of this name, or else the chosen one, if there is any. */
    Optional<Connection> current(Optional<String> name) {
        Contexts contexts = read();
        Optional<Connection> found = Optional.ofNullable(contexts.all().get(name.orElse(contexts.current())));
        if (name.isPresent() && found.isEmpty()) {
            throw unknown(name.get());
        }
        return found;
    }

    static CliException unknown(String name) {
        return new CliException(
                CliException.REFUSED,
                "There is no context '%s'. 'hyperfleet context ls' lists all, 'hyperfleet login' makes one."
                        .formatted(name));
    }

    Contexts read() {
        Map<String, Connection> all = new TreeMap<>();
        try {
            if (Files.getPosixFilePermissions(file).stream().anyMatch(OF_OTHERS::contains)) {
                throw new CliException(
                        CliException.REFUSED,
                        "%s has keys and is open to other users. Close it with: chmod 600 %1$s".formatted(file));
            }
            JsonNode tree = JSON.readTree(Files.readAllBytes(file));
            tree.path("contexts").properties().forEach(context -> {
                JsonNode value = context.getValue();
                all.put(
                        context.getKey(),
                        new Connection(
                                value.path("url").asString(),
                                Optional.of(value.path("key").asString("")).filter(key -> !key.isEmpty())));
            });
            return new Contexts(tree.path("current").asString(""), all);
        } catch (NoSuchFileException none) {
            return new Contexts("", all);
        } catch (IOException | JacksonException unreadable) {
            throw new CliException(CliException.REFUSED, "%s cannot be read.".formatted(file));
        }
    }

    /** Replaces the file, all of it or nothing. */
    void write(Contexts contexts) {
        Map<String, Object> all = new TreeMap<>();
        contexts.all()
                .forEach((name, server) -> all.put(
                        name, Map.of("url", server.url(), "key", server.key().orElse(""))));
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null) {
                throw new IllegalStateException("a file without a folder: " + file);
            }
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            PrivateFile.write(file, JSON.writeValueAsBytes(Map.of("current", contexts.current(), "contexts", all)));
        } catch (IOException failure) {
            throw new CliException(CliException.REFUSED, FailureText.ofFile(failure) + ".");
        }
    }
}
