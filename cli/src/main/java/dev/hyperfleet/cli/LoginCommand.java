package dev.hyperfleet.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Keeps the address of a server, and a key for it. */
@Command(
        name = "login",
        description = {
            "Log in to a server: keep its address and an API key for it, for all later commands.",
            "The key is typed, or comes on standard input: hyperfleet login URL < key. The server's owner creates it "
                    + "with 'hyperfleet keys create NAME'."
        })
public final class LoginCommand implements Callable<Integer> {
    @Parameters(paramLabel = "URL", defaultValue = "http://127.0.0.1:3000", description = "Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String url;

    @Option(names = "--name", paramLabel = "NAME", defaultValue = "default", description = "Of the context.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String name;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        String key = readKey();
        if (key.isEmpty()) {
            throw new CliException(CliException.REFUSED, "No key was given.");
        }
        Connection server = new Connection(url.replaceAll("/+$", ""), Optional.of(key));
        // Whether it is valid: the least that a key of any scope may ask.
        try {
            new ApiClient(server.url(), server.key(), Optional.empty()).getPath("/quota");
        } catch (CliException refused) {
            if (!refused.code().equals("FORBIDDEN")) {
                throw refused;
            }
        }
        ContextFile file = ContextFile.of(System.getenv());
        ContextFile.Contexts contexts = file.read();
        contexts.all().put(name, server);
        file.write(new ContextFile.Contexts(name, contexts.all()));
        new Output(spec.commandLine()).say("logged in to %s (context %s)".formatted(server.url(), name));
        return 0;
    }

    private String readKey() {
        Optional<Console> terminal = Optional.ofNullable(System.console()).filter(Console::isTerminal);
        if (terminal.isPresent()) {
            char @Nullable [] typed = terminal.get().readPassword("API key for %s: ", url);
            return typed == null ? "" : new String(typed).strip();
        }
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            return Optional.ofNullable(input.readLine()).orElse("").strip();
        } catch (IOException unreadable) {
            throw new CliException(CliException.REFUSED, "Standard input cannot be read.");
        }
    }
}
