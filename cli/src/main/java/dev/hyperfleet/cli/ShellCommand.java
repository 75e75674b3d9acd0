package dev.hyperfleet.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A shell in a machine. */
@Command(
        name = "sh",
        aliases = {"shell", "ssh"},
        description = {"Open a shell in a machine: bash, where it has one.", "The same as exec -it NAME bash -l."})
final class ShellCommand implements Callable<Integer> {
    private static final String ANY_SHELL = "exec \"$(command -v bash || echo sh)\" -l";

    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Mixin
    private final ProcessOptions options = new ProcessOptions();

    @Override
    public Integer call() {
        options.interactive = true;
        options.terminal = options.terminal || LocalTerminal.isThere();
        return RemoteProcess.run(
                ApiClient.fromEnvironment(), machine, machine, List.of("sh", "-c", ANY_SHELL), options);
    }
}
