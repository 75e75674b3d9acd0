package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SnapshotId;

/**
 * Removes what is left of snapshots that could not be made. Their files stay while the next server might find them in
 * the store. Safe for concurrent use; calls block.
 */
record FailedSnapshots(SnapshotRegistry snapshots, Machines.Ports ports) {
    /**
     * Removes it now, or as soon as the store can be written to.
     *
     * @param name its reserved name, which is free then
     */
    void remove(SnapshotId id, String name) {
        try {
            snapshots.undo(id);
        } catch (HyperfleetException full) {
            ports.alarm().at(ports.clock().instant().plus(Timeouts.RETRY), () -> remove(id, name));
            return;
        }
        ports.host().snapshots().remove(id);
        snapshots.release(name);
    }
}
