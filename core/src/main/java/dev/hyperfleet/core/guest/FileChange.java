package dev.hyperfleet.core.guest;

import java.util.Optional;

/**
 * A change of a file in a guest.
 *
 * @param from the old path of a renamed file; empty if it came from outside the watched folder
 */
public record FileChange(Kind kind, GuestPath path, Optional<GuestPath> from, boolean folder) {
    /** The kind of a change. */
    public enum Kind {
        CREATE,
        WRITE,
        REMOVE,
        RENAME,
        ATTRIBUTES,
        /** The guest's kernel had more changes than it could hold: some are missing. */
        OVERFLOW
    }
}
