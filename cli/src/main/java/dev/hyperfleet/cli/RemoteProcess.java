package dev.hyperfleet.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A process in a machine whose output is this one's output. It is killed when this one ends before it. */
final class RemoteProcess {
    private static final int TIMED_OUT = 124; // as timeout(1)

    /** Whether the one process that a command line starts has ended. */
    private static final AtomicBoolean ENDED = new AtomicBoolean();

    private RemoteProcess() {}

    /** Runs the command to its end; its exit status. */
    static int run(ApiClient client, String machine, List<String> command, ProcessOptions options) {
        Map<String, Object> body = options.body(command);
        body.put("detach", false);
        if (options.interactive) {
            body.put("stdin", "open");
        }
        if (options.terminal) {
            return LocalTerminal.run(size -> begin(client, machine, sized(body, size)), client, options.interactive);
        }
        String path = begin(client, machine, body);
        return exitStatus(
                options.interactive
                        ? AttachedProcess.pipe(client, path, System.in, StandardStreams.OUT)
                        : follow(client, path));
    }

    private static Map<String, Object> sized(Map<String, Object> body, Map<String, Integer> size) {
        body.put("tty", size);
        return body;
    }

    /** Starts it, and sees to it that it does not outlive this process; its path in the API. */
    private static String begin(ApiClient client, String machine, Map<String, Object> body) {
        JsonNode started = client.start(machine, body);
        String path = ApiClient.processes(machine) + "/" + started.get("id").asString();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!ENDED.get()) {
                client.deletePath(path);
            }
        }));
        return path;
    }

    static int exitStatus(JsonNode ended) {
        ENDED.set(true);
        if (ended.path("timed_out").asBoolean(false)) {
            System.err.println("hyperfleet: the command was killed at its timeout");
            return TIMED_OUT;
        }
        return ended.get("exit_code").asInt();
    }

    /** By server-sent events, for which a JVM is ready sooner than for a WebSocket; how it has ended. */
    private static JsonNode follow(ApiClient client, String path) {
        AtomicReference<@Nullable JsonNode> end = new AtomicReference<>();
        try {
            ServerSentEvents.read(client.stream(path + "/output?hold=true", "text/event-stream"), (event, data) -> {
                switch (event) {
                    case "stdout" -> write(StandardStreams.OUT, data);
                    case "stderr" -> write(StandardStreams.ERR, data);
                    case "end" -> end.set(data);
                    default -> throw lost(event + " " + data);
                }
            });
        } catch (IOException broken) {
            throw lost(broken.getMessage());
        }
        @Nullable JsonNode ended = end.get();
        if (ended == null) {
            throw lost("the server has ended it");
        }
        return ended;
    }

    static CliException lost(@Nullable String why) {
        return new CliException(CliException.UNREACHABLE, "The connection to the process is lost: " + why);
    }

    /** Writes the bytes of a piece of output, as they were. */
    static void write(OutputStream stream, JsonNode piece) throws IOException {
        String text = piece.get("data").asString();
        stream.write(
                piece.get("encoding").asString().equals("base64")
                        ? Base64.getDecoder().decode(text)
                        : text.getBytes(StandardCharsets.UTF_8));
        stream.flush();
    }
}
