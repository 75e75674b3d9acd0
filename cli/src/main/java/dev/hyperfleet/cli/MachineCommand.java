package dev.hyperfleet.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands for machines, through the API of the server that HYPERFLEET_URL names. */
@Command(
        name = "machine",
        subcommands = {
            ExecCommand.class,
            RunCommand.class,
            CopyCommand.class,
            LogsCommand.class,
            LeaseCommand.class,
            PortForwardCommand.class
        },
        description = {
            "Create, start, use, stop and remove machines.",
            "They are on the server at HYPERFLEET_URL (default http://127.0.0.1:3000).",
            "HYPERFLEET_TOKEN is an API key for it. A machine is named by its name or its id.",
            "HYPERFLEET_LEASE_NONCE is the nonce of the lease that you hold, if any."
        },
        footer = {
            "",
            "Exit status: 0 done; 1 the server refused; 2 wrong usage; 3 no server answers; 141 standard output "
                    + "was closed.",
            "exec exits with the status of the command that it ran, 124 when its timeout fired, 137 when its machine ended."
        })
public final class MachineCommand {
    private static final List<String> COLUMNS =
            List.of("id", "name", "status", "vcpu_count", "mem_size_mib", "guest_ip", "exposed_ports", "created_at");
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Supplier<ApiClient> client;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    public MachineCommand() {
        this(ApiClient::fromEnvironment);
    }

    MachineCommand(Supplier<ApiClient> client) {
        this.client = client;
    }

    /** The option of all commands that print data. */
    static final class Format {
        @Option(names = "--json", description = "Print JSON, as the API gives it.")
        boolean json;
    }

    @Command(description = "Create a machine. It is not started.")
    int create(
            @Parameters(paramLabel = "NAME", description = "1 to 63 letters, digits, '.', '_', '-'.") String name,
            @Option(
                            names = "--cpus",
                            paramLabel = "COUNT",
                            defaultValue = "1",
                            description = "Virtual CPUs (default ${DEFAULT-VALUE}).")
                    int cpus,
            @Option(
                            names = "--memory",
                            defaultValue = "256",
                            paramLabel = "MIB",
                            description = "Memory in MiB (default ${DEFAULT-VALUE}).")
                    int memory,
            @Mixin SettingsOptions settings,
            @Mixin Format format) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", name);
        body.put("vcpu_count", cpus);
        body.put("mem_size_mib", memory);
        Map<String, Object> rest = settings.body();
        rest.putIfAbsent("exposed_ports", rest.getOrDefault("public_ports", List.of()));
        body.putAll(rest);
        return print(client.get().create(body), format);
    }

    @Command(description = "Change a machine's ports or automatic actions. Omitted settings stay as they are.")
    int configure(
            @Parameters(paramLabel = "NAME|ID") String machine, @Mixin SettingsOptions settings, @Mixin Format format) {
        Map<String, Object> body = settings.body();
        if (body.isEmpty()) {
            throw new ParameterException(
                    spec.subcommands().get("configure"), "nothing to change: give at least one option");
        }
        return print(client.get().configure(machine, body), format);
    }

    @Command(aliases = "list", description = "List machines, newest first.")
    int ls(
            @Option(
                            names = "--status",
                            paramLabel = "STATUS",
                            description = "Only machines with this status; " + "several separated by commas.")
                    @Nullable
                    String status,
            @Mixin Format format) {
        JsonNode page = client.get().list(status);
        if (format.json) {
            output().json(page);
        } else {
            table(page.get("machines"));
        }
        return 0;
    }

    @Command(description = "Show a machine.")
    int get(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin Format format) {
        return print(client.get().get(machine), format);
    }

    @Command(description = "Start a machine, and return when its guest has answered.")
    int start(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin Format format) {
        return command(machine, "start", "starting", format);
    }

    @Command(description = "Stop a machine: its guest powers off.")
    int stop(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin Format format) {
        return command(machine, "stop", "stopping", format);
    }

    @Command(description = "Stop a machine and start it again.")
    int restart(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin Format format) {
        return command(machine, "restart", "restarting", format);
    }

    @Command(description = "Pause a machine; it keeps its memory.")
    int pause(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin Format format) {
        return command(machine, "pause", "pausing", format);
    }

    @Command(description = "Resume a paused machine.")
    int resume(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin Format format) {
        return command(machine, "resume", "resuming", format);
    }

    @Command(description = "Create a link to a port of a machine, for people without an API key.")
    int link(
            @Parameters(paramLabel = "NAME|ID") String machine,
            @Parameters(paramLabel = "PORT") int port,
            @Option(
                            names = "--expires-in",
                            paramLabel = "SECONDS",
                            defaultValue = "3600",
                            description = "How long it is valid (default ${DEFAULT-VALUE}).")
                    int seconds,
            @Mixin Format format) {
        JsonNode link = client.get().link(machine, port, seconds);
        if (format.json) {
            output().json(link);
        } else {
            output().text(link.get("url").asString());
        }
        return 0;
    }

    private int command(String machine, String verb, String participle, Format format) {
        try {
            return print(
                    Progress.show(participle + " " + machine, () -> client.get().command(machine, verb)), format);
        } catch (CliException failed) {
            throw failed.shortened("More: hyperfleet machine logs " + machine);
        }
    }

    @Command(description = "Wait until a machine is in a status.")
    int wait(
            @Parameters(paramLabel = "NAME|ID") String machine,
            @Option(
                            names = "--status",
                            paramLabel = "STATUS",
                            defaultValue = "running",
                            description = "Several separated by commas (default ${DEFAULT-VALUE}).")
                    String status,
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            defaultValue = "30",
                            description = "Seconds, 1 to 30 (default ${DEFAULT-VALUE}).")
                    int timeout,
            @Mixin Format format) {
        return print(
                Progress.show("waiting for " + machine, () -> client.get().await(machine, status, timeout)), format);
    }

    @Command(description = "Remove a machine and its disk. It must not be running.")
    int rm(@Parameters(paramLabel = "NAME|ID", arity = "1..*") List<String> machines) {
        machines.forEach(machine -> client.get().delete(machine));
        return 0;
    }

    private int print(JsonNode machineOrResult, Format format) {
        if (format.json) {
            output().json(machineOrResult);
        } else {
            table(List.of(machineOrResult));
            String reason = machineOrResult.path("error_message").asString("");
            if (!reason.isEmpty()) {
                output().text(reason);
            }
            machineOrResult.path("warnings").forEach(warning -> output().say("warning: " + warning.asString()));
        }
        return 0;
    }

    private void table(Iterable<JsonNode> machines) {
        List<Map<String, Object>> rows = StreamSupport.stream(machines.spliterator(), false)
                .map(MachineCommand::row)
                .toList();
        output().table(COLUMNS, rows);
    }

    @SuppressWarnings("unchecked") // a JSON object is a map of strings
    static Map<String, Object> row(JsonNode machine) {
        return JSON.convertValue(machine, Map.class);
    }

    private Output output() {
        return new Output(spec.commandLine());
    }
}
