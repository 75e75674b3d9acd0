package dev.hyperfleet.host.snapshot;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.host.SnapshotArchive;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.disk.Holes;
import dev.hyperfleet.host.disk.SparseCopy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Snapshots as folders of plain files, accessible only to the server's user. */
public final class LocalSnapshots implements SnapshotFiles {
    private final SnapshotLayout layout;
    private final MachineLayout machines;
    private final byte[] archiveKey;
    private final MonotonicClock time;

    /**
     * @param archiveKey of the hosts that trust each other's archives
     */
    public LocalSnapshots(SnapshotLayout layout, MachineLayout machines, byte[] archiveKey, MonotonicClock time) {
        this.layout = layout;
        this.machines = machines;
        this.archiveKey = archiveKey.clone();
        this.time = time;
    }

    @Override
    public void save(SnapshotId id, Machine machine, Optional<Vmm> vmm, Duration timeout) {
        long deadline = time.nanoTime() + timeout.toNanos();
        Path disk = machines.of(machine.id()).emptyDisk();
        if (Files.notExists(disk)) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "The machine's first start failed before it had a disk, so there is nothing to save");
        }
        SnapshotLayout.Paths unfinished = layout.unfinished(id);
        boolean saved = false;
        try {
            Folders.create(unfinished.directory());
            vmm.ifPresent(running -> running.save(unfinished.directory(), timeout));
            copyDisk(disk, unfinished.disk(), deadline);
            saved = true;
        } catch (IOException failure) {
            throw HostErrors.of("save the machine to", unfinished.directory(), failure);
        } finally {
            if (!saved) {
                Folders.remove(unfinished.directory());
            }
        }
    }

    private void copyDisk(Path from, Path to, long deadline) throws IOException {
        try {
            var _ = new SparseCopy(time).copy(from, to, Duration.ofNanos(deadline - time.nanoTime()));
        } catch (TimeoutException late) {
            throw new HyperfleetException(
                    ErrorCode.MACHINE_FAILED,
                    "The disk %s was not copied in time: the host's disk is slow. ".formatted(from)
                            + "HYPERFLEET_START_TIMEOUT sets the time for a snapshot, too.",
                    late);
        }
    }

    @Override
    public Size settle(SnapshotId id) {
        SnapshotLayout.Paths unfinished = layout.unfinished(id);
        try {
            long memory = 0;
            if (Files.exists(unfinished.memory())) {
                Holes.dig(unfinished.memory());
                memory = Holes.used(unfinished.memory()) + Holes.used(unfinished.devices());
            }
            Size size = new Size(memory, Holes.used(unfinished.disk()));
            for (Path file :
                    List.of(unfinished.memory(), unfinished.devices(), unfinished.disk(), unfinished.directory())) {
                if (Files.exists(file)) {
                    Folders.sync(file);
                }
            }
            Files.move(unfinished.directory(), layout.of(id).directory(), StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(layout.snapshots());
            return size;
        } catch (IOException failure) {
            throw HostErrors.of("write", unfinished.directory(), failure);
        }
    }

    @Override
    public void writeArchive(SnapshotId id, boolean memory, byte[] manifest, OutputStream to) throws IOException {
        SnapshotLayout.Paths saved = layout.of(id);
        if (Files.notExists(saved.disk()) || (memory && Files.notExists(saved.memory()))) {
            throw new HyperfleetException(
                    ErrorCode.NOT_FOUND, "The files of the snapshot are gone: it was deleted, or not restored");
        }
        new ArchiveWriter(to).write(manifest, saved, memory, archiveKey);
    }

    @Override
    public SnapshotArchive openArchive(InputStream from) {
        return new ArchiveReader(from, layout, archiveKey);
    }

    @Override
    public void remove(SnapshotId id) {
        Folders.remove(layout.unfinished(id).directory());
        Folders.remove(layout.of(id).directory());
    }

    @Override
    public Set<SnapshotId> list() {
        Set<SnapshotId> found = new HashSet<>();
        try (Stream<Path> entries = Files.list(layout.snapshots())) {
            entries.map(entry -> entry.getFileName().toString())
                    .map(name -> name.endsWith(SnapshotLayout.UNFINISHED)
                            ? name.substring(0, name.length() - SnapshotLayout.UNFINISHED.length())
                            : name)
                    .filter(SnapshotId::isValid)
                    .forEach(name -> found.add(new SnapshotId(name)));
        } catch (NoSuchFileException none) {
            return Set.of();
        } catch (IOException failure) {
            throw HostErrors.of("list", layout.snapshots(), failure);
        }
        return found;
    }
}
