package dev.hyperfleet.cli;

import java.io.Console;
import java.io.IOException;
import java.net.http.WebSocket;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Connects this process's terminal to a process in a machine: every key goes there, Ctrl-C too. */
final class LocalTerminal {
    private static final Map<String, Integer> DEFAULT_SIZE = Map.of("rows", 24, "cols", 80);

    /** There can be one in a process. It gets its own settings back when it is closed, or the process ends. */
    private static final AtomicReference<@Nullable Terminal> OPEN = new AtomicReference<>();

    private LocalTerminal() {}

    /** Whether standard input and output are a terminal. */
    static boolean isThere() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }

    /**
     * Hides keys that are typed before a process gets them: its terminal shows them then. No effect without a terminal.
     */
    static void hideKeys() {
        if (isThere()) {
            try {
                hideKeys(open());
            } catch (IOException failure) {
                // Then they are shown twice.
            }
        }
    }

    private static void hideKeys(Terminal terminal) {
        Attributes attributes = terminal.getAttributes();
        attributes.setLocalFlag(LocalFlag.ECHO, false);
        terminal.setAttributes(attributes);
    }

    private static Terminal open() throws IOException {
        @Nullable Terminal known = OPEN.get();
        if (known != null) {
            return known;
        }
        Terminal opened = TerminalBuilder.builder()
                .system(true)
                .graphemeCluster(false) // otherwise it would query the terminal, whose reply would go to the process
                .build();
        OPEN.set(opened);
        return opened;
    }

    /**
     * Runs a process to its end, and returns its exit status.
     *
     * @param start starts it with a terminal of this size, and returns its path in the API
     * @param interactive whether it gets the keys
     */
    static int run(Function<Map<String, Integer>, String> start, ApiClient client, boolean interactive) {
        if (!interactive || !isThere()) {
            String path = start.apply(DEFAULT_SIZE);
            return RemoteProcess.exitStatus(
                    interactive
                            ? AttachedProcess.pipe(client, path, System.in, StandardStreams.OUT)
                            : AttachedProcess.run(client, path, StandardStreams.OUT, _ -> {}));
        }
        try (Terminal terminal = open()) {
            hideKeys(terminal);
            String path = start.apply(size(terminal));
            Attributes before = terminal.enterRawMode();
            terminal.setAttributes(raw(terminal.getAttributes()));
            try {
                return RemoteProcess.exitStatus(converse(client, path, terminal));
            } finally {
                terminal.setAttributes(before);
            }
        } catch (IOException failure) {
            throw new CliException(CliException.REFUSED, "The terminal cannot be used.");
        }
    }

    private static JsonNode converse(ApiClient client, String path, Terminal terminal) {
        return AttachedProcess.run(client, path, StandardStreams.OUT, socket -> {
            terminal.handle(Terminal.Signal.WINCH, _ -> resize(socket, terminal));
            AttachedProcess.send(socket, System.in);
        });
    }

    /** Keys and output pass through unchanged: the remote terminal processes them. */
    private static Attributes raw(Attributes attributes) {
        attributes.setLocalFlags(EnumSet.of(LocalFlag.ISIG, LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.IEXTEN), false);
        attributes.setInputFlags(EnumSet.of(InputFlag.IXON, InputFlag.ICRNL, InputFlag.INLCR, InputFlag.IGNCR), false);
        attributes.setOutputFlag(OutputFlag.OPOST, false);
        return attributes;
    }

    private static void resize(WebSocket socket, Terminal terminal) {
        Map<String, Object> message = new LinkedHashMap<>(size(terminal));
        message.put("type", "resize");
        AttachedProcess.say(socket, message);
    }

    /** Some terminals do not report their size. */
    private static Map<String, Integer> size(Terminal terminal) {
        Size size = terminal.getSize();
        return size.getRows() > 0 && size.getColumns() > 0
                ? Map.of("rows", size.getRows(), "cols", size.getColumns())
                : DEFAULT_SIZE;
    }
}
