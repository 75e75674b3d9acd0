package dev.hyperfleet.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Shows changes of machines. */
@Command(name = "events", description = "Show what has happened to machines, oldest first, one line each.")
public final class EventsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID", arity = "0..1", description = "Only events of this machine.")
    @Nullable
    private String machine;

    @Option(
            names = "--machine",
            paramLabel = "NAME|ID",
            hidden = true,
            description = "The same as the machine without this option.")
    @Nullable
    private String named;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with new events.")
    private boolean follow;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "COUNT",
            defaultValue = "50",
            description = "At most this many past ones (default ${DEFAULT-VALUE}).")
    private int tail;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = Units.Time.class,
            description = "Only those that are not older: 90s, 30m, 12h, 7d.")
    @Nullable
    private Duration since;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        @Nullable String one = machine == null ? named : machine;
        String path = (one == null ? "" : "/machines/" + ApiClient.id(one)) + "/events";
        EventPrinter printer = new EventPrinter(new Output(spec.commandLine()), format.isJson());
        Instant first = since == null ? Instant.MIN : Instant.now().minus(since);
        Deque<JsonNode> last = new ArrayDeque<>();
        String cursor = EventPages.read(client, path, event -> {
            if (!EventPrinter.time(event).isBefore(first)) {
                last.add(event);
            }
            if (last.size() > tail) {
                last.removeFirst();
            }
        });
        last.forEach(printer::print);
        if (follow) {
            ServerSentEvents.read(
                    client.stream(path + "?cursor=" + cursor, "text/event-stream"), (_, event) -> printer.print(event));
        }
        return 0;
    }
}
