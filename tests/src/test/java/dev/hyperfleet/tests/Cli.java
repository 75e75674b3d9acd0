package dev.hyperfleet.tests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the hyperfleet command as a user does. */
final class Cli {
    private static final int TIMEOUT_SECONDS = 60;

    private Cli() {}

    /** Its exit status, and its output on both streams. */
    record Result(int exitCode, String output) {}

    /** A command that uses this state folder. */
    static Result run(Path state, String... arguments) {
        return run(state, Map.of(), arguments);
    }

    /** A command that talks to this server. */
    static Result run(ServerProcess server, String key, String... arguments) {
        return run(server.state, settings(server, key), arguments);
    }

    static Result run(Path state, Map<String, String> settings, String... arguments) {
        return run(state, settings, new byte[0], arguments);
    }

    /** The same with something on its standard input. */
    static Result run(Path state, Map<String, String> settings, byte[] input, String... arguments) {
        try {
            Process process = ServerProcess.launch(state, settings, arguments);
            Thread.ofPlatform().daemon().start(() -> write(process, input));
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

    private static void write(Process process, byte[] input) {
        try (var stdin = process.getOutputStream()) {
            stdin.write(input);
        } catch (IOException ended) {
            // It need not read it.
        }
    }

    /** The environment of a command that talks to this server. */
    static Map<String, String> settings(ServerProcess server, String key) {
        return Map.of("HYPERFLEET_URL", server.url, "HYPERFLEET_TOKEN", key);
    }
}
