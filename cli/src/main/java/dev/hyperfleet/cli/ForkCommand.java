package dev.hyperfleet.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Copies a running machine. */
@Command(
        name = "fork",
        description = {
            "Make machines that continue where a running machine is: fork web -n 3 makes web-1, web-2 and web-3.",
            "Exits with 1 if a copy failed; the others run."
        })
final class ForkCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "The number of copies, up to 100 (default ${DEFAULT-VALUE}).")
    private int count;

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            description = "What their names begin with (default: the machine's name and '-').")
    @Nullable
    private String prefix;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("count", count);
        if (prefix != null) {
            body.put("name_prefix", prefix);
        }
        ApiClient client = ApiClient.fromEnvironment();
        JsonNode fork = Progress.show("copying " + machine, () -> client.fork(machine, body));
        Output output = new Output(spec.commandLine());
        List<JsonNode> copies = new ArrayList<>();
        int status = 0;
        for (JsonNode copy : fork.path("copies")) {
            if (copy.path("error").isNull()) {
                copies.add(copy.get("machine"));
            } else {
                status = 1;
                output.say("%s: %s"
                        .formatted(
                                copy.path("name").asString(),
                                copy.at("/error/message").asString()));
            }
        }
        new MachinePrinter(output, format).changed(copies);
        return status;
    }
}
