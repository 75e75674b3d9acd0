package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Machine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The files of snapshots on a {@link FakeHost}: a snapshot is complete when it is settled. */
record FakeSnapshotFiles(FakeHost host, Fate fate) implements SnapshotFiles {
    @Override
    public void save(SnapshotId id, Machine machine, Optional<Vmm> vmm, Duration timeout) {
        fate.befall(Effect.SAVE, machine.id(), () -> {
            if (!host.disks.contains(machine.id())) {
                throw new HyperfleetException(ErrorCode.BAD_REQUEST, "It has no disk");
            }
            host.unfinishedSnapshots.add(id);
        });
        vmm.ifPresent(running -> {
            running.save(Path.of("/snapshots", id.value()), timeout);
            host.savedMemories.add(id);
        });
    }

    @Override
    public Size settle(SnapshotId id) {
        fate.befall(Effect.SETTLE, new MachineId(id.value()), () -> {
            host.unfinishedSnapshots.remove(id);
            host.snapshots.add(id);
        });
        return new Size(host.savedMemories.contains(id) ? 2 : 0, 1);
    }

    @Override
    public void remove(SnapshotId id) {
        fate.befall(Effect.REMOVE_SNAPSHOT, new MachineId(id.value()), () -> {
            host.unfinishedSnapshots.remove(id);
            host.snapshots.remove(id);
        });
    }

    @Override
    public Set<SnapshotId> list() {
        Set<SnapshotId> all = new HashSet<>(host.snapshots);
        all.addAll(host.unfinishedSnapshots);
        return all;
    }
}
