package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.machine.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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

    /**
     * Writes a snapshot's files as an archive. Its form is in docs/snapshots.md.
     *
     * @param memory whether it has one
     * @param manifest what {@link SnapshotArchive#manifest} returns for it
     * @throws IOException if the recipient takes no more, or the snapshot is deleted meanwhile
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND} if its files are missing; nothing is written then
     */
    void writeArchive(SnapshotId id, boolean memory, byte[] manifest, OutputStream to) throws IOException;

    /**
     * Begins to read an archive.
     *
     * @throws HyperfleetException {@link ErrorCode#VALIDATION_ERROR} if it is none
     */
    SnapshotArchive openArchive(InputStream from);

    /** Removes the files. No error if there are none. */
    void remove(SnapshotId id);

    /** The snapshots with any files on this host, complete or not. */
    Set<SnapshotId> list();
}
