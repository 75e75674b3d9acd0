package dev.hyperfleet.api;

import dev.hyperfleet.core.ExecRequest;
import dev.hyperfleet.core.ExecResult;
import dev.hyperfleet.core.Machines;
import dev.hyperfleet.core.Scope;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commands: run one in a machine. */
final class ExecRoute {
    private static final String BASE64 = "base64";
    private static final String UTF_8 = "utf-8";

    private final Machines machines;

    ExecRoute(Machines machines) {
        this.machines = machines;
    }

    /** The answer. An output that is not UTF-8 is base64, and its encoding says so. */
    private record ExecJson(
            int exitCode,
            String stdout,
            String stdoutEncoding,
            String stderr,
            String stderrEncoding,
            boolean timedOut,
            boolean truncated,
            long durationMs) {
        static ExecJson of(ExecResult result) {
            OutputText stdout = OutputText.of(result.stdout(), wasCut(result, result.stdout()));
            OutputText stderr = OutputText.of(result.stderr(), wasCut(result, result.stderr()));
            return new ExecJson(
                    result.exitCode(),
                    stdout.text(),
                    stdout.encoding(),
                    stderr.text(),
                    stderr.encoding(),
                    result.timedOut(),
                    result.truncated(),
                    result.duration().toMillis());
        }

        private static boolean wasCut(ExecResult result, byte[] output) {
            return result.truncated() && output.length == ExecResult.OUTPUT_LIMIT_BYTES;
        }
    }

    void register(Routes routes) {
        routes.post("/machines/{id}/exec", Scope.MACHINES_EXEC, this::exec);
    }

    private void exec(Context context) {
        RequestBody body = RequestBody.read(
                context, List.of("command", "timeout", "env", "cwd", "user", "stdin", "stdin_encoding"));
        List<String> command = body.requiredTexts("command");
        if (!command.isEmpty() && command.getFirst().isEmpty()) {
            body.problems().add("command[0] must name a program");
        }
        long timeout = body.optionalInteger(
                "timeout", 1, ExecRequest.MAX_TIMEOUT.toSeconds(), ExecRequest.DEFAULT_TIMEOUT.toSeconds());
        Map<String, String> environment = body.optionalTextMap("env");
        environment.keySet().stream()
                .filter(name -> name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0)
                .forEach(name -> body.problems().add("env has a name that is empty or contains '=' or NUL"));
        Optional<String> directory = body.optionalText("cwd");
        if (directory.isPresent() && !directory.get().startsWith("/")) {
            body.problems().add("cwd must be an absolute path");
        }
        Optional<String> user = body.optionalText("user");
        if (user.isPresent() && user.get().isEmpty()) {
            body.problems().add("user must not be empty");
        }
        byte[] stdin = stdin(body);
        body.throwIfInvalid();
        ExecResult result = machines.exec(
                MachineRoutes.id(context),
                new ExecRequest(command, Duration.ofSeconds(timeout), environment, directory, user, stdin));
        Answers.json(context, ExecJson.of(result));
    }

    private static byte[] stdin(RequestBody body) {
        String text = body.optionalText("stdin").orElse("");
        String encoding = body.optionalText("stdin_encoding").orElse(UTF_8);
        switch (encoding) {
            case UTF_8 -> {
                return text.getBytes(StandardCharsets.UTF_8);
            }
            case BASE64 -> {
                try {
                    return Base64.getDecoder().decode(text);
                } catch (IllegalArgumentException invalid) {
                    body.problems().add("stdin is not valid base64: " + invalid.getMessage());
                }
            }
            default -> body.problems().add("stdin_encoding must be '%s' or '%s'".formatted(UTF_8, BASE64));
        }
        return new byte[0];
    }
}
