package dev.hyperfleet.tests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the hyperfleet command as a person does. */
final class Cli {
    private static final int TIMEOUT_SECONDS = 60;

    private Cli() {}

    /** How it ended, and what it printed on both streams. */
    record Result(int exitCode, String output) {}

    /** A command that works on this state. */
    static Result run(Path state, String... arguments) {
        return run(state, Map.of(), arguments);
    }

    /** A command that talks to this server. */
    static Result run(ServerProcess server, String key, String... arguments) {
        Map<String, String> settings = new HashMap<>();
        settings.put("HYPERFLEET_URL", server.url);
        settings.put("HYPERFLEET_TOKEN", key);
        return run(server.state, settings, arguments);
    }

    static Result run(Path state, Map<String, String> settings, String... arguments) {
        try {
            Process process = ServerProcess.launch(state, settings, arguments);
            process.getOutputStream().close();
            byte[] output = process.getInputStream().readAllBytes();
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the command does not end");
            }
            return new Result(process.exitValue(), new String(output, StandardCharsets.UTF_8).strip());
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
