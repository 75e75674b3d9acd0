package dev.hyperfleet.core.snapshot;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SnapshotId;
import java.util.List;

/**
 * Port: stores what is known of snapshots; the host has their files. Each method returns once its effect survives a power
 * cut, or throws {@link HyperfleetException} and has changed nothing. Safe for concurrent use.
 */
public interface SnapshotStore {
    /** All snapshots, oldest first. */
    List<Snapshot> load();

    /** Adds a snapshot. */
    void insert(Snapshot snapshot);

    /** Removes a snapshot. */
    void delete(SnapshotId id);
}
