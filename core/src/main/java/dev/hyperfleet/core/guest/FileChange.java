package dev.hyperfleet.core.guest;

import java.util.Optional;

/**
 * Something that has happened to files in a guest.
 *
 * @param from where a renamed one was before; empty where it came from outside of what is watched
 */
public record FileChange(Kind kind, GuestPath path, Optional<GuestPath> from, boolean folder) {
    /** What has happened. */
    public enum Kind {
        CREATE,
        WRITE,
        REMOVE,
        RENAME,
        ATTRIBUTES,
        /** More than the guest's kernel could hold: some changes are missing. */
        OVERFLOW
    }
}
