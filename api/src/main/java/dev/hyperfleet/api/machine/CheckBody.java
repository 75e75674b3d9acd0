package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.HealthCheck.Kind;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.http.RequestBody;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The health checks in a request's body. */
final class CheckBody {
    private static final List<String> FIELDS = List.of(
            "name",
            "type",
            "port",
            "path",
            "command",
            "interval",
            "timeout",
            "grace_period",
            "healthy_threshold",
            "unhealthy_threshold",
            "gate");

    /** It becomes part of a request's first line. */
    private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e]{0,1000}");

    private static final int MAX_PATH = 1001;

    /** The limit for a command, which the server stores and shows. Put longer ones into a script in the machine. */
    private static final int MAX_WORDS = 64;

    private static final int MAX_COMMAND_BYTES = 4096;
    private static final int MAX_SECONDS = 3600;
    private static final int MAX_THRESHOLD = 100;
    private static final int DEFAULT_INTERVAL = 10;
    private static final int DEFAULT_TIMEOUT = 2;
    private static final int DEFAULT_GRACE = 30;
    private static final int DEFAULT_UNHEALTHY = 3;

    private CheckBody() {}

    static List<HealthCheck> read(RequestBody body, List<HealthCheck> before) {
        if (!body.has("checks")) {
            return before;
        }
        List<RequestBody> objects = body.optionalObjects("checks", FIELDS, HealthCheck.MAX_CHECKS);
        if (objects.size() > HealthCheck.MAX_CHECKS) {
            return before; // the problem has been added
        }
        List<HealthCheck> checks = objects.stream().map(CheckBody::check).toList();
        Set<String> names = new HashSet<>();
        checks.stream()
                .filter(check -> !check.name().isEmpty() && !names.add(check.name()))
                .forEach(check -> body.problems()
                        .add(("checks has two entries with the name " + "'%s'").formatted(check.name())));
        return checks;
    }

    private static HealthCheck check(RequestBody body) {
        String name = body.requiredName();
        if (!body.has("type")) {
            body.problems().add("type is required");
        }
        Kind kind = MachineBody.oneOf(body, "type", Kind.values(), Kind.TCP);
        require(body, "port", kind != Kind.EXEC);
        require(body, "command", kind == Kind.EXEC);
        Optional<String> path = body.optionalText("path", MAX_PATH);
        if (path.isPresent() && (kind != Kind.HTTP || !PATH.matcher(path.get()).matches())) {
            body.problems().add("path is only for type 'http', must begin with '/', and must not contain spaces");
        }
        return new HealthCheck(
                name,
                kind,
                body.has("port")
                        ? Optional.of((int) body.requiredInteger("port", 1, MachineSpec.MAX_PORT, ""))
                        : Optional.empty(),
                path,
                body.has("command") ? command(body) : List.of(),
                seconds(body, "interval", 1, DEFAULT_INTERVAL),
                seconds(body, "timeout", 1, DEFAULT_TIMEOUT),
                seconds(body, "grace_period", 0, DEFAULT_GRACE),
                (int) body.optionalInteger("healthy_threshold", 1, MAX_THRESHOLD, 1),
                (int) body.optionalInteger("unhealthy_threshold", 1, MAX_THRESHOLD, DEFAULT_UNHEALTHY),
                body.optionalBoolean("gate", false));
    }

    private static List<String> command(RequestBody body) {
        List<String> words = body.requiredTexts("command", MAX_WORDS, MAX_COMMAND_BYTES);
        int bytes = words.stream()
                .mapToInt(word -> word.getBytes(StandardCharsets.UTF_8).length)
                .sum();
        if (bytes > MAX_COMMAND_BYTES) {
            body.problems().add("command must have at most %d bytes in total".formatted(MAX_COMMAND_BYTES));
        }
        return words;
    }

    private static void require(RequestBody body, String field, boolean wanted) {
        if (body.has(field) != wanted && body.has("type")) {
            body.problems()
                    .add(wanted ? field + " is required for this type" : field + " is not allowed for this " + "type");
        }
    }

    private static Duration seconds(RequestBody body, String name, int minimum, int otherwise) {
        return Duration.ofSeconds(body.optionalInteger(name, minimum, MAX_SECONDS, otherwise));
    }
}
