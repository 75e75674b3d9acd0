package dev.hyperfleet.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Puts a machine back to a snapshot. */
@Command(
        name = "rollback",
        description = {
            "Put a machine back to a snapshot: it continues from there, with its own name, address and ports.",
            "What it runs now, and what was written to its disk since, is lost."
        })
final class RollbackCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "MACHINE", description = "Its name or id.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Its name or id.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String snapshot;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        JsonNode running = Progress.show("rolling back " + machine, () -> client.rollback(machine, snapshot));
        new MachinePrinter(new Output(spec.commandLine()), format).changed(List.of(running));
        return 0;
    }
}
