package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SnapshotId;
import java.util.function.LongConsumer;

/** Port: an archive of a snapshot that is being read, from its beginning to its end. Not for concurrent use. */
public interface SnapshotArchive {
    /** Maximum bytes of a manifest. */
    int MAX_MANIFEST = 1 << 16;

    /** The description of the snapshot, as it was written; not verified yet. At most {@value #MAX_MANIFEST} bytes. */
    byte[] manifest();

    /**
     * Stores the files of the archive as those of a new snapshot, which {@link SnapshotFiles#settle} completes. Nothing
     * is left after a failure. Call once.
     *
     * @param kept is given the number of bytes that were kept so far, again after each MiB, and may throw to refuse more
     * @throws HyperfleetException {@link ErrorCode#VALIDATION_ERROR} if the archive is damaged, incomplete, or has other
     *     files than expected, or has memory that no host with this host's key has saved; {@link ErrorCode#INSUFFICIENT_STORAGE}
     */
    void receive(SnapshotId id, Content expected, LongConsumer kept);

    /**
     * The files that an archive must have.
     *
     * @param memoryMib the size of the memory; 0 if it has none
     * @param diskMib the size of the disk
     * @param diskOnly whether the memory is left out
     */
    record Content(long memoryMib, long diskMib, boolean diskOnly) {}
}
