package dev.hyperfleet.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Links to a machine's ports. */
@Command(name = "link", description = "Create a link to a port of a machine, for people without an API key.")
final class LinkCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Parameters(paramLabel = "PORT")
    private int port;

    @Option(
            names = {"--expires", "--expires-in"},
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = Units.Time.class,
            description = "How long it is valid: 30m, 12h, 7d (default ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Duration expires;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        JsonNode link = ApiClient.fromEnvironment().link(machine, port, Math.toIntExact(expires.toSeconds()));
        Output output = new Output(spec.commandLine());
        if (format.isJson()) {
            output.json(link);
        } else {
            output.text(link.get("url").asString());
        }
        return 0;
    }
}
