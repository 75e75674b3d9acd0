package dev.hyperfleet.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Waits for machines. */
@Command(name = "wait", description = "Wait until machines are in a status. Exits with 124 after the timeout.")
final class WaitCommand implements Callable<Integer> {
    /** The API's maximum. */
    private static final long LONGEST_SECONDS = 30;

    @Parameters(paramLabel = "NAME|ID", arity = "1..*")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<String> machines;

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            defaultValue = "running",
            description = "Several separated by commas (default ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String status;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = Units.Time.class,
            description = "For all of them together: 90s, 10m, 1h (default ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Duration timeout;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        Output output = new Output(spec.commandLine());
        long deadline = System.nanoTime() + timeout.toNanos();
        return EachMachine.run(
                machines,
                output,
                new MachinePrinter(output, format),
                machine ->
                        Optional.of(Progress.show("waiting for " + machine, () -> await(client, machine, deadline))));
    }

    private JsonNode await(ApiClient client, String machine, long deadline) {
        while (true) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toSeconds();
            try {
                return client.await(machine, status, Math.toIntExact(Math.clamp(left, 1, LONGEST_SECONDS)));
            } catch (CliException failure) {
                if (!failure.code().equals("TIMEOUT")) {
                    throw failure;
                }
                if (left <= LONGEST_SECONDS) {
                    throw failure.as(CliException.TIMED_OUT, "");
                }
            }
        }
    }
}
