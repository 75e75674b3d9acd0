package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.machine.Machine;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Port: the files of snapshots on a host. Safe for concurrent use with different snapshots; calls block. */
public interface SnapshotFiles {
    /** The bytes that a snapshot takes. */
    record Size(long memory, long disk) {}

    /**
     * Saves a machine, whose guest must be halted.
     *
     * @param vmm its VMM if the memory is to be saved, too
     * @throws HyperfleetException {@link ErrorCode#BAD_REQUEST} if its first start has failed before it had a disk,
     *     {@link ErrorCode#INSUFFICIENT_STORAGE}, {@link ErrorCode#MACHINE_FAILED} if the VMM fails or the timeout
     *     passes; nothing is left then
     */
    void save(SnapshotId id, Machine machine, Optional<Vmm> vmm, Duration timeout);

    /** Frees the space of pages of zeros, and returns when the files survive a power cut. */
    Size settle(SnapshotId id);

    /** Removes the files. No error if there are none. */
    void remove(SnapshotId id);

    /** The snapshots with any files on this host, complete or not. */
    Set<SnapshotId> list();
}
