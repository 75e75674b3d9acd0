package dev.hyperfleet.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of all commands that start a process. */
final class ProcessOptions {
    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Units.Time.class,
            description = "Kill it and all its descendants after this time: 90s, 30m. The machine enforces it.")
    @Nullable
    Duration timeout;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME=VALUE",
            description = "May be given more than once.")
    @Nullable
    Map<String, String> environment;

    @Option(
            names = {"-w", "--cwd", "--workdir"},
            paramLabel = "FOLDER",
            description = "Working directory.")
    @Nullable
    String directory;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            description = "The user to run it as (default root).")
    @Nullable
    String user;

    @Option(
            names = {"-i", "--interactive", "--stdin"},
            description = "Forward standard input to it.")
    boolean interactive;

    @Option(
            names = {"-t", "--tty"},
            description = "Give it a terminal; with -i, yours.")
    boolean terminal;

    /** The request's body. */
    Map<String, Object> body(List<String> command) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("command", command);
        put(body, "timeout", timeout == null ? null : timeout.toSeconds());
        put(body, "env", environment);
        put(body, "cwd", directory);
        put(body, "user", user);
        return body;
    }

    private static void put(Map<String, Object> body, String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }
}
