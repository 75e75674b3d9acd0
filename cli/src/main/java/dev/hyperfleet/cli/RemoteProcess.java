package dev.hyperfleet.cli;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A process in a machine whose output becomes this process's output. It is killed if this process ends first. */
final class RemoteProcess {
    private static final int TIMED_OUT = 124; // as timeout(1)
    private static final int KILLED = 137; // as by SIGKILL
    private static final int END_SECONDS = 5;

    /** The API's code for an agent that has not answered. */
    private static final String GUEST_ERROR = "GUEST_ERROR";

    /** Whether the one process that a command line starts has ended. */
    private static final AtomicBoolean ENDED = new AtomicBoolean();

    private RemoteProcess() {}

    /**
     * Runs the command to its end, and returns its exit status.
     *
     * @param name the name that the user gave for the machine
     */
    static int run(ApiClient client, String name, String id, List<String> command, ProcessOptions options) {
        try {
            return run(client, id, command, options);
        } catch (ConnectionLostException lost) {
            throw explain(client, name, id, lost);
        } catch (CliException refused) {
            throw refused.code().equals(GUEST_ERROR) ? explain(client, name, id, refused) : asOfAShell(name, refused);
        }
    }

    /** A status of its own for each reason, which a command's own status is not mistaken for. */
    private static CliException asOfAShell(String name, CliException refused) {
        return switch (refused.detail("reason")) {
            case "program_not_found" -> refused.as(CliException.NOT_FOUND_PROGRAM, "");
            case "not_permitted" -> refused.as(CliException.NOT_EXECUTABLE, "");
            default ->
                refused.exitCode() == CliException.REFUSED
                        ? refused.as(CliException.NOT_RUN, advice(name, refused.detail("status")))
                        : refused;
        };
    }

    private static String advice(String name, String status) {
        return switch (status) {
            case "" -> "";
            case "paused" -> ". Resume it: hyperfleet resume " + name;
            default -> ". Start it: hyperfleet start " + name;
        };
    }

    private static int run(ApiClient client, String machine, List<String> command, ProcessOptions options) {
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

    /** The machine may have ended, and the command with it: the server notices that some moments later. */
    private static CliException explain(ApiClient client, String name, String id, CliException lost) {
        JsonNode machine;
        try {
            machine = client.await(id, "stopped,failed", END_SECONDS);
        } catch (CliException stillThere) {
            return stillThere.code().equals("NOT_FOUND") ? over("Machine %s was removed".formatted(name), "") : lost;
        }
        boolean failed = machine.path("status").asString("").equals("failed");
        return over(
                "Machine %s %s".formatted(name, failed ? "failed" : "stopped"),
                machine.path("error_message").asString(""));
    }

    private static CliException over(String what, String reason) {
        ENDED.set(true);
        String why = reason.isEmpty() ? "." : ": " + reason.lines().findFirst().orElse("");
        return new CliException(KILLED, what + " while the command ran" + why);
    }

    private static Map<String, Object> sized(Map<String, Object> body, Map<String, Integer> size) {
        body.put("tty", size);
        return body;
    }

    /** Starts it in a way that it does not outlive this process. Returns its path in the API. */
    private static String begin(ApiClient client, String machine, Map<String, Object> body) {
        JsonNode started = client.start(machine, body);
        String path = ApiClient.processes(machine) + "/" + started.get("id").asString();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(client, path)));
        return path;
    }

    private static void end(ApiClient client, String path) {
        if (!ENDED.get()) {
            try {
                client.deletePath(path);
            } catch (CliException failure) {
                System.err.println("hyperfleet: the command may still run in the machine");
            }
        }
    }

    static int exitStatus(JsonNode ended) {
        ENDED.set(true);
        if (ended.path("timed_out").asBoolean(false)) {
            System.err.println("hyperfleet: the command was killed at its timeout");
            return TIMED_OUT;
        }
        return ended.get("exit_code").asInt();
    }

    /** Uses server-sent events, for which a JVM is ready sooner than for a WebSocket; returns how it ended. */
    private static JsonNode follow(ApiClient client, String path) {
        AtomicReference<@Nullable JsonNode> end = new AtomicReference<>();
        ServerSentEvents.read(client.stream(path + "/output?hold=true", "text/event-stream"), (event, data) -> {
            switch (event) {
                case "stdout" -> write(StandardStreams.OUT, data);
                case "stderr" -> write(StandardStreams.ERR, data);
                case "end" -> end.set(data);
                case "gap" -> throw gap();
                default -> {} // from a newer server
            }
        });
        @Nullable JsonNode ended = end.get();
        if (ended == null) {
            throw new ConnectionLostException("the server has ended it");
        }
        return ended;
    }

    static CliException gap() {
        return new CliException(CliException.REFUSED, "Part of the command's output was lost.");
    }

    /** The original bytes of a piece of output. */
    static byte[] bytes(JsonNode piece) {
        String text = piece.get("data").asString();
        return piece.get("encoding").asString().equals("base64")
                ? Base64.getDecoder().decode(text)
                : text.getBytes(StandardCharsets.UTF_8);
    }

    private static void write(StandardStreams stream, JsonNode piece) {
        stream.write(bytes(piece));
    }
}
