package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.SnapshotId;
import java.time.Duration;
import java.util.Optional;

/**
 * How a machine's current run began.
 *
 * @param snapshot the user's snapshot that it continued from
 * @param load until the VMM had the state, and its guest ran
 * @param renewal from then on, until the guest had answered and was a machine of its own
 * @param obstacle why the guest booted although there was a boot snapshot
 */
public record Start(
        From from, Optional<SnapshotId> snapshot, Duration load, Duration renewal, Optional<String> obstacle) {
    /** Of a run whose beginning is not known: that of an earlier release. */
    public static final Start UNKNOWN =
            new Start(From.BOOT, Optional.empty(), Duration.ZERO, Duration.ZERO, Optional.empty());

    /** What a guest began with. */
    public enum From {
        /** Its kernel booted. */
        BOOT,
        /** It continued from the boot of another machine of the same image and size. */
        BOOT_SNAPSHOT,
        /** The same, before the machine existed: its guest had waited in a pool. */
        POOL,
        /** It continued from a user's snapshot, or is a copy that was forked. */
        SNAPSHOT,
        /** It continued where it was suspended. */
        SUSPENSION
    }
}
