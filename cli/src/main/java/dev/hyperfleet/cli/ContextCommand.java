package dev.hyperfleet.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The servers that the user has logged in to. */
@Command(
        name = "context",
        description = {
            "List, choose and forget the servers that you have logged in to.",
            "HYPERFLEET_CONTEXT names one for a single command. HYPERFLEET_URL and HYPERFLEET_TOKEN come before all."
        })
public final class ContextCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(aliases = "list", description = "List the contexts. An asterisk marks the chosen one.")
    int ls() {
        ContextFile.Contexts contexts = ContextFile.of(System.getenv()).read();
        List<Map<String, Object>> rows = contexts.all().entrySet().stream()
                .map(context -> Map.<String, Object>of(
                        "name",
                        (context.getKey().equals(contexts.current()) ? "* " : "  ") + context.getKey(),
                        "url",
                        context.getValue().url()))
                .toList();
        new Output(spec.commandLine()).table(List.of("name", "url"), rows);
        return 0;
    }

    @Command(description = "Choose the context for all later commands.")
    int use(@Parameters(paramLabel = "NAME") String name) {
        ContextFile file = ContextFile.of(System.getenv());
        ContextFile.Contexts contexts = file.read();
        if (!contexts.all().containsKey(name)) {
            throw ContextFile.unknown(name);
        }
        file.write(new ContextFile.Contexts(name, contexts.all()));
        return 0;
    }

    @Command(aliases = "logout", description = "Forget a context and its key.")
    int rm(@Parameters(paramLabel = "NAME") String name) {
        ContextFile file = ContextFile.of(System.getenv());
        ContextFile.Contexts contexts = file.read();
        if (contexts.all().remove(name) == null) {
            throw ContextFile.unknown(name);
        }
        file.write(new ContextFile.Contexts(contexts.current().equals(name) ? "" : contexts.current(), contexts.all()));
        return 0;
    }
}
