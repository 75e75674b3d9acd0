package dev.hyperfleet.core.guest;

import java.time.Instant;
import java.util.Optional;

/**
 * A file, folder or something else at a path in a guest.
 *
 * @param size bytes
 * @param mode permissions with the set-id and sticky bits: 0 to 07777
 * @param user its owner's name; empty if the guest has none
 * @param modifiedAt by the guest's clock
 * @param linkTarget the target of a link
 * @param version changes whenever the file does
 */
public record FileEntry(
        GuestPath path,
        Type type,
        long size,
        int mode,
        long uid,
        long gid,
        Optional<String> user,
        Optional<String> group,
        Instant modifiedAt,
        Optional<GuestPath> linkTarget,
        String version) {
    /** The type of an entry. */
    public enum Type {
        FILE,
        FOLDER,
        LINK,
        DEVICE,
        PIPE,
        OTHER
    }
}
