package dev.hyperfleet.cli;

import java.util.function.Consumer;

/** The entries that a copy skipped. A limited number of them is reported individually. */
final class LeftOut {
    private static final int MAX_SAID = 20;

    private final Consumer<String> warnings;
    private int count;

    LeftOut(Consumer<String> warnings) {
        this.warnings = warnings;
    }

    /**
     * Reports a skipped entry.
     *
     * @param reason the rest of a sentence
     */
    void add(String name, String reason) {
        count++;
        if (count <= MAX_SAID) {
            warnings.accept("'%s' was skipped: %s.".formatted(name, reason));
        }
    }

    /** Fails if anything was skipped. */
    void throwIfAny() {
        if (count > MAX_SAID) {
            warnings.accept("%d more were skipped.".formatted(count - MAX_SAID));
        }
        if (count > 0) {
            throw new CliException(CliException.REFUSED, "Everything was copied except the entries above.");
        }
    }
}
