package dev.hyperfleet.cli;

import java.util.function.Consumer;

/** What a copy has left out. Each is said, up to a number of them. */
final class LeftOut {
    private static final int MAX_SAID = 20;

    private final Consumer<String> warnings;
    private int count;

    LeftOut(Consumer<String> warnings) {
        this.warnings = warnings;
    }

    /**
     * Something is left out.
     *
     * @param reason the rest of a sentence
     */
    void add(String name, String reason) {
        count++;
        if (count <= MAX_SAID) {
            warnings.accept("'%s' was skipped: %s.".formatted(name, reason));
        }
    }

    /** Fails if anything was left out. */
    void throwIfAny() {
        if (count > MAX_SAID) {
            warnings.accept("%d more were skipped.".formatted(count - MAX_SAID));
        }
        if (count > 0) {
            throw new CliException(CliException.REFUSED, "Everything was copied except the entries above.");
        }
    }
}
