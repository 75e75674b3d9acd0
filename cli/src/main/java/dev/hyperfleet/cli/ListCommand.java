package dev.hyperfleet.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists machines. */
@Command(
        name = "ls",
        aliases = {"ps", "list"},
        description = "List machines, newest first.")
final class ListCommand implements Callable<Integer> {
    @Option(
            names = "--status",
            paramLabel = "STATUS",
            description = "Only machines with this status; several separated by commas.")
    @Nullable
    private String status;

    @Option(
            names = {"-a", "--all"},
            hidden = true,
            description = "All are always listed.")
    @SuppressWarnings("UnusedVariable") // accepted out of habit, and without effect
    private boolean all;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        new MachinePrinter(new Output(spec.commandLine()), format)
                .list(ApiClient.fromEnvironment().list(status));
        return 0;
    }
}
