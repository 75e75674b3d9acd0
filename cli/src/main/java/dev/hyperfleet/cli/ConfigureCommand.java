package dev.hyperfleet.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Changes a machine's settings. */
@Command(
        name = "configure",
        aliases = "update",
        description = "Change a machine's ports or automatic actions. Omitted settings stay as they are.")
final class ConfigureCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Mixin
    private final SettingsOptions settings = new SettingsOptions();

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Map<String, Object> body = settings.body();
        if (body.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "nothing to change: give at least one option");
        }
        new MachinePrinter(new Output(spec.commandLine()), format)
                .changed(List.of(ApiClient.fromEnvironment().configure(machine, body)));
        return 0;
    }
}
