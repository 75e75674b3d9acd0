package dev.hyperfleet.api.process;

import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.TerminalSize;
import dev.hyperfleet.http.RequestBody;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The process in a request's body, for both operations that start one. */
public final class ProcessBody {
    private static final int MAX_TAG_LENGTH = 64;
    private static final int MAX_WORDS = 10_000;
    private static final int MAX_VARIABLES = 1_000;

    /** Linux allows no longer argument or variable. */
    private static final int MAX_WORD_LENGTH = (128 << 10) - 1;

    private static final int MAX_PATH_LENGTH = 4095;
    private static final String BASE64 = "base64";
    private static final String UTF_8 = "utf-8";

    public static final List<String> EXEC_FIELDS =
            List.of("command", "timeout", "env", "cwd", "user", "stdin", "stdin_encoding");
    public static final List<String> START_FIELDS = List.of(
            "command",
            "timeout",
            "env",
            "cwd",
            "user",
            "stdin",
            "stdin_data",
            "stdin_encoding",
            "tty",
            "tag",
            "detach",
            "background");
    static final List<String> SIZE = List.of("rows", "cols");

    private ProcessBody() {}

    /** The body of an exec: it has a timeout, and its stdin is the text itself. */
    public static ProcessSpec ofExec(RequestBody body) {
        List<String> command = command(body);
        long timeout = body.optionalInteger(
                "timeout", 1, ProcessSpec.MAX_EXEC_TIMEOUT.toSeconds(), ProcessSpec.DEFAULT_EXEC_TIMEOUT.toSeconds());
        byte[] data = bytes(body, "stdin", "stdin_encoding");
        return new ProcessSpec(
                command,
                environment(body),
                directory(body),
                user(body),
                data.length == 0 ? ProcessSpec.Input.NONE : ProcessSpec.Input.DATA,
                data,
                Optional.empty(),
                Optional.of(Duration.ofSeconds(timeout)),
                Optional.empty(),
                false,
                false);
    }

    /** The body of a start. */
    public static ProcessSpec ofStart(RequestBody body) {
        List<String> command = command(body);
        long timeout = body.optionalInteger("timeout", 1, ProcessSpec.MAX_TIMEOUT.toSeconds(), 0);
        Optional<String> tag = body.optionalLine("tag", MAX_TAG_LENGTH);
        if (tag.isPresent() && tag.get().isEmpty()) {
            body.problems().add("tag must not be empty");
        }
        byte[] data = bytes(body, "stdin_data", "stdin_encoding");
        return new ProcessSpec(
                command,
                environment(body),
                directory(body),
                user(body),
                input(body),
                data,
                body.optionalObject("tty", SIZE).map(ProcessBody::size),
                timeout == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(timeout)),
                tag,
                !body.optionalBoolean("detach", true),
                body.optionalBoolean("background", false));
    }

    private static ProcessSpec.Input input(RequestBody body) {
        String stdin = body.optionalText("stdin", RequestBody.MAX_WORD).orElse("none");
        boolean hasData = body.has("stdin_data");
        for (ProcessSpec.Input input : ProcessSpec.Input.values()) {
            if (ProcessJson.text(input).equals(stdin)) {
                if (hasData != (input == ProcessSpec.Input.DATA)) {
                    body.problems().add("stdin_data is required with stdin 'data', and only allowed with it");
                }
                return input;
            }
        }
        body.problems().add("stdin must be 'none', 'data' or 'open'");
        return ProcessSpec.Input.NONE;
    }

    static TerminalSize size(RequestBody tty) {
        return new TerminalSize(
                Math.toIntExact(tty.requiredInteger("rows", 1, TerminalSize.MAX, "")),
                Math.toIntExact(tty.requiredInteger("cols", 1, TerminalSize.MAX, "")));
    }

    private static List<String> command(RequestBody body) {
        if (body.isText("command")) { // as other APIs take it
            body.problems().add("command must be an array of strings; for a line of shell the first two are sh and -c");
            return List.of();
        }
        List<String> command = body.requiredTexts("command", MAX_WORDS, MAX_WORD_LENGTH);
        if (!command.isEmpty() && command.getFirst().isEmpty()) {
            body.problems().add("command[0] must name a program");
        }
        return command;
    }

    private static Map<String, String> environment(RequestBody body) {
        Map<String, String> environment = body.optionalTextMap("env", MAX_VARIABLES, MAX_WORD_LENGTH);
        environment.keySet().stream()
                .filter(name -> name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0)
                .forEach(name -> body.problems().add("env has a name that is empty or contains '=' or NUL"));
        return environment;
    }

    private static Optional<String> directory(RequestBody body) {
        Optional<String> directory = body.optionalText("cwd", MAX_PATH_LENGTH);
        if (directory.isPresent() && !directory.get().startsWith("/")) {
            body.problems().add("cwd must be an absolute path");
        }
        return directory;
    }

    private static Optional<String> user(RequestBody body) {
        Optional<String> user = body.optionalLine("user", RequestBody.MAX_WORD);
        if (user.isPresent() && user.get().isEmpty()) {
            body.problems().add("user must not be empty");
        }
        return user;
    }

    private static byte[] bytes(RequestBody body, String name, String encodingName) {
        String text = body.optionalText(name, RequestBody.MAX_BYTES).orElse("");
        String encoding = body.optionalText(encodingName, RequestBody.MAX_WORD).orElse(UTF_8);
        switch (encoding) {
            case UTF_8 -> {
                return text.getBytes(StandardCharsets.UTF_8);
            }
            case BASE64 -> {
                try {
                    return Base64.getDecoder().decode(text);
                } catch (IllegalArgumentException invalid) {
                    body.problems().add("%s is not valid base64: %s".formatted(name, invalid.getMessage()));
                }
            }
            default -> body.problems().add("%s must be '%s' or '%s'".formatted(encodingName, UTF_8, BASE64));
        }
        return new byte[0];
    }
}
