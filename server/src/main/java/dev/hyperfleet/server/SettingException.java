package dev.hyperfleet.server;

import java.util.Collection;
import java.util.Comparator;

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
                .or(() -> known.stream()
                        .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                        .filter(candidate -> distance(name, candidate) <= CLOSE))
                .map(" Did you mean %s?"::formatted)
                .orElse("");
        return new SettingException("%s is not a setting.%s docs/configuration.md lists them.".formatted(name, hint));
    }

    /** The number of letters to insert, remove or replace to turn one into the other (Levenshtein distance). */
    private static int distance(String one, String other) {
        int[] previous = new int[other.length() + 1];
        for (int column = 0; column <= other.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= one.length(); row++) {
            int[] current = new int[other.length() + 1];
            current[0] = row;
            for (int column = 1; column <= other.length(); column++) {
                int replaced = previous[column - 1] + (one.charAt(row - 1) == other.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replaced, Math.min(previous[column], current[column - 1]) + 1);
            }
            previous = current;
        }
        return previous[other.length()];
    }
}
