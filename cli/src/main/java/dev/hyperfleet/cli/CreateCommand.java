package dev.hyperfleet.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Creates a machine. */
@Command(name = "create", description = "Create a machine.")
final class CreateCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "1 to 63 letters, digits, '.', '_', '-'.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String name;

    @Option(names = "--start", description = "Start it, too.")
    private boolean start;

    @Mixin
    private final SizeOptions size = new SizeOptions();

    @Mixin
    private final SettingsOptions settings = new SettingsOptions();

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Map<String, Object> body = size.body(name);
        Map<String, Object> rest = settings.body();
        rest.putIfAbsent("exposed_ports", rest.getOrDefault("public_ports", List.of()));
        body.putAll(rest);
        ApiClient client = ApiClient.fromEnvironment();
        JsonNode machine = start ? Progress.show("starting " + name, () -> client.run(body)) : client.create(body);
        new MachinePrinter(new Output(spec.commandLine()), format).changed(List.of(machine));
        return 0;
    }
}
