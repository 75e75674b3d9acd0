package dev.hyperfleet.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads and checks environment variables. An empty one counts as unset. */
final class Environment {
    /** The prefix of all our variables except those that the contract names. */
    private static final String PREFIX = "HYPERFLEET_";

    /** Variables of the command line and of the launcher. */
    private static final Set<String> OTHERS = Set.of(
            "HYPERFLEET_URL",
            "HYPERFLEET_TOKEN",
            "HYPERFLEET_LEASE_NONCE",
            "HYPERFLEET_CONTEXT",
            "HYPERFLEET_HEAP",
            "HYPERFLEET_NO_INSTALL",
            "HYPERFLEET_CACHE_DIR",
            "HYPERFLEET_DOWNLOADS",
            "HYPERFLEET_LAUNCHER",
            "HYPERFLEET_PREPARED",
            "HYPERFLEET_TRAINING");

    /** The prefix of variables for the project's own tests. */
    private static final String TESTS = "HYPERFLEET_TEST_";

    private final Map<String, String> variables;
    private final Set<String> known = new TreeSet<>(OTHERS);

    Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    Optional<String> text(String name) {
        known.add(name);
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    /** All settings that were read so far, and those that are not the server's. */
    Set<String> known() {
        return Collections.unmodifiableSet(known);
    }

    /** Refuses a variable that looks like a setting but is none. To be called after all settings were read. */
    void refuseUnknown() {
        variables.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !name.startsWith(TESTS) && !known.contains(name))
                .sorted()
                .findFirst()
                .ifPresent(name -> {
                    throw SettingException.unknown(name, known);
                });
    }

    /** A path, made absolute. */
    Path path(String name, Path otherwise) {
        return text(name)
                .map(value -> parse(name, value, "a path that this system's locale can represent", Path::of))
                .orElse(otherwise)
                .toAbsolutePath()
                .normalize();
    }

    boolean flag(String name) {
        return text(name)
                .map(value -> switch (value.toLowerCase(Locale.ROOT)) {
                    case "true", "1" -> true;
                    case "false", "0" -> false;
                    default -> throw new SettingException(name, value, "true or false");
                })
                .orElse(false);
    }

    int integer(String name, int minimum, int maximum, int otherwise) {
        return text(name)
                .map(value -> parse(name, value, "a whole number from %d to %d".formatted(minimum, maximum), text -> {
                    int number = Integer.parseInt(text);
                    if (number < minimum || number > maximum) {
                        throw new IllegalArgumentException();
                    }
                    return number;
                }))
                .orElse(otherwise);
    }

    /** A limit, converted by a unit; empty for no limit. */
    OptionalLong limit(String name, long unit) {
        return text(name).isEmpty() ? OptionalLong.empty() : OptionalLong.of(unit * integer(name, 1, 1_000_000, 1));
    }

    /** A limit with a default; empty for no limit, which is written as 'none'. */
    OptionalLong limitUnlessNone(String name, OptionalLong otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        return text.get().equals("none") ? OptionalLong.empty() : limit(name, 1);
    }

    /** Whole seconds. */
    Duration seconds(String name, int maximum, int otherwise) {
        return Duration.ofSeconds(integer(name, 1, maximum, otherwise));
    }

    /** Comma-separated values. */
    <T> List<T> list(String name, String right, Function<String, T> parser) {
        return text(name).stream()
                .flatMap(value -> Stream.of(value.split(",", -1)))
                .map(value -> parse(name, value.strip(), right, parser))
                .toList();
    }

    private static <T> T parse(String name, String value, String right, Function<String, T> parser) {
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException invalid) {
            throw new SettingException(name, value, right);
        }
    }
}
