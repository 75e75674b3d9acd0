package dev.hyperfleet.cli;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Creates a machine for one command. */
@Command(
        name = "run",
        description = {
            "Create a machine, run a command in it, and remove it: run -it -- sh",
            "Exits with the command's own status."
        })
final class RunCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "COMMAND")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<String> command;

    @Option(names = "--name", paramLabel = "NAME", description = "The machine's name (default: run-…).")
    @Nullable
    private String name;

    @Option(names = "--cpus", paramLabel = "COUNT", defaultValue = "1", description = "Virtual CPUs (default 1).")
    private int cpus;

    @Option(names = "--memory", paramLabel = "MIB", defaultValue = "256", description = "Memory in MiB (default 256).")
    private int memory;

    @Option(names = "--keep", description = "Do not remove it afterwards.")
    private boolean keep;

    @Mixin
    private final ProcessOptions options = new ProcessOptions();

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        String machine = name == null
                ? "run-"
                        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt())
                : name;
        String id = client.create(Map.of("name", machine, "vcpu_count", cpus, "mem_size_mib", memory))
                .get("id")
                .asString();
        // Also when this process is killed, for example by Ctrl-C.
        Thread removal = new Thread(() -> remove(client, id));
        if (!keep) {
            Runtime.getRuntime().addShutdownHook(removal);
        }
        try {
            Progress.show("starting " + machine, () -> client.command(id, "start"));
        } catch (CliException failed) {
            throw keep
                    ? failed.shortened("More: hyperfleet machine logs " + machine)
                    : failed.shortened("With --keep, the machine is kept and 'hyperfleet machine logs' shows more.");
        }
        return RemoteProcess.run(client, machine, id, command, options);
    }

    private static void remove(ApiClient client, String id) {
        try {
            client.command(id, "stop");
        } catch (CliException doesNotRun) {
            // It may have ended with its command.
        }
        try {
            client.delete(id);
        } catch (CliException failure) {
            System.err.println("hyperfleet: the machine still exists. Remove it with: hyperfleet machine rm " + id);
        }
    }
}
