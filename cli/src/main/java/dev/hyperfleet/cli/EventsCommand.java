package dev.hyperfleet.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Shows changes of machines. */
@Command(name = "events", description = "Show what has happened to machines, oldest first, one line each.")
public final class EventsCommand implements Callable<Integer> {
    @Option(
            names = {"-f", "--follow"},
            description = "Follow new events; without past ones.")
    private boolean follow;

    @Option(names = "--machine", paramLabel = "NAME|ID", description = "Only events of this machine.")
    @Nullable
    private String machine;

    @Mixin
    private final MachineCommand.Format format = new MachineCommand.Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        String path = (machine == null ? "" : "/machines/" + client.id(machine)) + "/events";
        if (follow) {
            follow(client, path);
            return 0;
        }
        String cursor = "0";
        JsonNode page;
        do {
            page = client.getPath(path + "?limit=1000&cursor=" + cursor);
            page.get("events").forEach(this::print);
            cursor = page.get("cursor").asString();
        } while (page.get("more").asBoolean());
        return 0;
    }

    private void follow(ApiClient client, String path) {
        ServerSentEvents.read(client.stream(path + "?cursor=end", "text/event-stream"), (_, event) -> print(event));
    }

    private void print(JsonNode event) {
        Output output = new Output(spec.commandLine());
        if (format.json) {
            output.jsonLine(event);
            return;
        }
        String message = event.path("message").asString("").lines().findFirst().orElse("");
        String by = event.path("actor").asString("");
        output.text("%s  %s  %s  %s%s%s"
                .formatted(
                        event.get("at").asString(),
                        event.get("machine_id").asString(),
                        event.get("machine_name").asString(),
                        event.get("type").asString(),
                        by.isEmpty() ? "" : "  by " + by,
                        message.isEmpty() ? "" : "  " + message));
    }
}
