package dev.hyperfleet.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/** Environment variables, read as what they should be. An empty one is as good as none. */
final class Environment {
    private final Map<String, String> variables;

    Environment(Map<String, String> variables) {
        this.variables = variables;
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    /** A path, made absolute. */
    Path path(String name, Path otherwise) {
        return text(name)
                .map(value -> parse(name, value, "a path that this system's locale can write", Path::of))
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

    /** The most of something, in units of so many; empty for no limit. */
    OptionalLong limit(String name, long unit) {
        return text(name).isEmpty() ? OptionalLong.empty() : OptionalLong.of(unit * integer(name, 1, 1_000_000, 1));
    }

    /** The most of something that there is a default for; empty for no limit, which is said by 'none'. */
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

    /** Values that are separated by commas. */
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
