package dev.hyperfleet.cli;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Creates a machine for one command, or one that stays. */
@Command(
        name = "run",
        description = {
            "Create a machine, run a command in it, and remove it: run -it bash. Exits with the command's own status.",
            "With -d the machine stays, and the command continues in it: run -d --name web -p 8080 python3 -m http.server 8080."
        })
final class RunCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "COMMAND")
    private List<String> command = List.of();

    @Option(names = "--name", paramLabel = "NAME", description = "The machine's name (default: run-…).")
    @Nullable
    private String name;

    @Mixin
    private final SizeOptions size = new SizeOptions();

    @Option(
            names = {"-p", "--publish"},
            paramLabel = "[LOCAL:]PORT",
            description = "Expose a port of the machine; with LOCAL, forward that port of this computer to it. May be "
                    + "given more than once.")
    private List<String> ports = List.of();

    @Option(
            names = {"-d", "--detach"},
            description = "Leave the machine running, and print its name.")
    private boolean detached;

    @Option(names = "--keep", description = "Do not remove it afterwards.")
    private boolean keep;

    @Option(names = "--rm", description = "Remove it afterwards, which is the default.")
    @SuppressWarnings("UnusedVariable") // accepted out of habit, and without effect
    private boolean remove;

    @Mixin
    private final ProcessOptions options = new ProcessOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (command.isEmpty() && !detached) {
            throw new ParameterException(spec.commandLine(), "a command is required, such as bash; or -d");
        }
        List<PortMapping> mappings = new ArrayList<>();
        for (String port : ports) {
            mappings.add(PortMapping.of(port, spec));
        }
        if (detached && mappings.stream().anyMatch(PortMapping::isLocal)) {
            throw new ParameterException(
                    spec.commandLine(), "with -d no port of this computer is forwarded: give the machine's port alone");
        }
        ApiClient client = ApiClient.fromEnvironment();
        String machine = name == null
                ? "run-"
                        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt())
                : name;
        Map<String, Object> body = size.body(machine);
        body.put(
                "exposed_ports",
                mappings.stream().map(PortMapping::remote).distinct().toList());
        String id = client.create(body).get("id").asString();
        // Also when this process is killed, for example by Ctrl-C.
        Thread removal = new Thread(() -> remove(client, id));
        boolean stays = keep || detached;
        if (!stays) {
            Runtime.getRuntime().addShutdownHook(removal);
        }
        if (options.terminal && options.interactive) {
            LocalTerminal.hideKeys();
        }
        try {
            Progress.show("starting " + machine, () -> client.command(id, "start"));
        } catch (CliException failed) {
            throw stays
                    ? failed.shortened("More: hyperfleet logs " + machine).as(CliException.NOT_RUN, "")
                    : failed.shortened("With --keep, the machine is kept and 'hyperfleet logs' shows more.")
                            .as(CliException.NOT_RUN, "");
        }
        if (detached) {
            return detach(client, machine, id);
        }
        mappings.stream()
                .filter(PortMapping::isLocal)
                .forEach(mapping -> PortForwarder.start(client, id, mapping, new Output(spec.commandLine())));
        return foreground(client, machine, id);
    }

    private int foreground(ApiClient client, String machine, String id) {
        try {
            return RemoteProcess.run(client, machine, id, command, options);
        } catch (CliException failed) {
            // As with Docker, people type an image first.
            throw failed.exitCode() == CliException.NOT_FOUND_PROGRAM && command.size() > 1
                    ? failed.as(
                            failed.exitCode(),
                            ". A machine has the server's image, so the command comes first: run -it bash")
                    : failed;
        }
    }

    private int detach(ApiClient client, String machine, String id) {
        if (!command.isEmpty()) {
            Map<String, Object> process = options.body(command);
            process.put("detach", true);
            JsonNode _ = client.start(id, process);
        }
        new Output(spec.commandLine()).text(machine);
        return 0;
    }

    private static void remove(ApiClient client, String id) {
        try {
            client.delete(id, true);
        } catch (CliException failure) {
            System.err.println("hyperfleet: the machine still exists. Remove it with: hyperfleet rm -f " + id);
        }
    }
}
