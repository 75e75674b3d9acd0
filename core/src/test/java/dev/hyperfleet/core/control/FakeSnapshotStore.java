package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.snapshot.Snapshot;
import dev.hyperfleet.core.snapshot.SnapshotStore;
import java.util.List;

/** The stored snapshots on a {@link FakeHost}. */
record FakeSnapshotStore(FakeHost host, Fate fate) implements SnapshotStore {
    @Override
    public List<Snapshot> load() {
        return List.copyOf(host.storedSnapshots.values());
    }

    @Override
    public void insert(Snapshot snapshot) {
        MachineId id = new MachineId(snapshot.id().value());
        fate.befall(Effect.INSERT_SNAPSHOT, id, () -> host.storedSnapshots.put(snapshot.id(), snapshot));
    }

    @Override
    public void delete(SnapshotId id) {
        fate.befall(Effect.DELETE_SNAPSHOT, new MachineId(id.value()), () -> host.storedSnapshots.remove(id));
    }
}
