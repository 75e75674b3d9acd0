package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.host.SnapshotArchive;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

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

    /** An archive is its manifest. */
    @Override
    public void writeArchive(SnapshotId id, boolean memory, byte[] manifest, OutputStream to) throws IOException {
        to.write(manifest);
    }

    @Override
    public SnapshotArchive openArchive(InputStream from) {
        byte[] manifest;
        try {
            manifest = from.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return new SnapshotArchive() {
            @Override
            public byte[] manifest() {
                return manifest;
            }

            @Override
            public void receive(SnapshotId id, Content expected, LongConsumer kept) {
                kept.accept(manifest.length);
                fate.befall(Effect.SAVE, new MachineId(id.value()), () -> host.unfinishedSnapshots.add(id));
                if (expected.memoryMib() > 0 && !expected.diskOnly()) {
                    host.savedMemories.add(id);
                }
            }
        };
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
