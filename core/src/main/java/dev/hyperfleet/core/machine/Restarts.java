package dev.hyperfleet.core.machine;

import java.time.Instant;
import java.util.Optional;

/**
 * Automatic starts since the last one that was requested.
 *
 * @param count how many there were in a row
 * @param next when the next one is due; empty if none is
 */
public record Restarts(int count, Optional<Instant> next) {
    public static final Restarts NONE = new Restarts(0, Optional.empty());

    /** No start is due any more. */
    Restarts begun() {
        return new Restarts(count, Optional.empty());
    }
}
