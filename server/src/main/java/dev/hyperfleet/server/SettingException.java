package dev.hyperfleet.server;

import dev.hyperfleet.cli.Suggestion;
import java.util.Collection;

/** A setting is invalid. The message names it, its value, and what is allowed. */
final class SettingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The maximum edit distance between a name and a suggestion. */
    private static final int CLOSE = 3;

    SettingException(String name, String value, String right) {
        super("%s is '%s': it must be %s".formatted(name, value, right));
    }

    private SettingException(String message) {
        super(message);
    }

    /** There is no setting of this name. */
    static SettingException unknown(String name, Collection<String> known) {
        String hint = known.stream()
                .filter(candidate -> candidate.startsWith(name))
                .findFirst()
                .or(() -> Suggestion.of(name, known, CLOSE))
                .map(" Did you mean %s?"::formatted)
                .orElse("");
        return new SettingException("%s is not a setting.%s docs/configuration.md lists them.".formatted(name, hint));
    }
}
