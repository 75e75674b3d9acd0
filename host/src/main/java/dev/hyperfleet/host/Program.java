package dev.hyperfleet.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Runs a program of the host to its end. Arguments are passed unchanged, never through a shell, and of the server's
 * environment it gets only PATH.
 */
public final class Program {
    private static final String PATH =
            Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");

    /** After its exit its output is complete, unless it left a process running. */
    private static final int OUTPUT_TIMEOUT_SECONDS = 5;

    /** Its exit status and its output. */
    public record Result(int exitCode, String output, String errors) {}

    private Program() {}

    /** Runs it, and kills it if it takes longer than the timeout. */
    public static Result run(List<String> command, Duration timeout) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().clear();
            builder.environment().put("PATH", PATH);
            Process process = builder.start();
            process.getOutputStream().close();
            CompletableFuture<String> errors =
                    CompletableFuture.supplyAsync(() -> read(process.getErrorStream()), Thread::startVirtualThread);
            CompletableFuture<String> output =
                    CompletableFuture.supplyAsync(() -> read(process.getInputStream()), Thread::startVirtualThread);
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        "%s has not ended within %d s".formatted(command.getFirst(), timeout.toSeconds()));
            }
            return new Result(
                    process.exitValue(),
                    output.get(OUTPUT_TIMEOUT_SECONDS, TimeUnit.SECONDS),
                    errors.get(OUTPUT_TIMEOUT_SECONDS, TimeUnit.SECONDS));
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot run %s: %s. 'hyperfleet doctor' says what is missing."
                            .formatted(command.getFirst(), failure.getMessage()),
                    failure);
        } catch (ExecutionException | TimeoutException heldOpen) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "%s has ended, but a process that it started holds its output open".formatted(command.getFirst()),
                    heldOpen);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private static String read(java.io.InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            return ""; // it was killed
        }
    }

    /** The location of a program, by PATH or by its own path. */
    public static Optional<Path> find(String name) {
        if (name.indexOf('/') >= 0) {
            return Optional.of(Path.of(name).toAbsolutePath()).filter(Files::isExecutable);
        }
        return Stream.of(PATH.split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
