package dev.hyperfleet.host.disk;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.shim.Shim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Machines' folders and disks as plain files. A disk begins as a copy of an empty file system's few used blocks; the
 * rest is a hole.
 */
public final class HostDisks {
    private final MachineLayout layout;
    private final SnapshotLayout snapshots;
    private final Path emptyDisk;
    private final Shim shim;
    private final DiskSpace space;
    private final SparseCopy copy;

    /**
     * Manages machines in this layout.
     *
     * @param snapshots where the disks of snapshots are
     * @param emptyDisk the image that every other disk is copied from
     * @param shim removes the remains of a machine's VMM
     * @param space that machines need to be created and started
     */
    public HostDisks(
            MachineLayout layout,
            SnapshotLayout snapshots,
            Path emptyDisk,
            Shim shim,
            DiskSpace space,
            MonotonicClock time) {
        this.snapshots = snapshots;
        this.shim = shim;
        this.layout = layout;
        this.emptyDisk = emptyDisk;
        this.space = space;
        this.copy = new SparseCopy(time);
    }

    /** As {@link Host#requireRoom}. */
    public void requireRoom() {
        space.require();
    }

    /** As {@link Host#hasRoomBeside}. */
    public boolean hasRoomBeside(long bytes) {
        return space.isEnoughBeside(bytes);
    }

    /** As {@link Host#prepare}. */
    public boolean prepare(LaunchPlan plan, Duration timeout) {
        space.require();
        MachineFiles files = layout.of(plan.machine().id());
        Folders.create(files.directory());
        Folders.claim(files.socketDirectory());
        boolean hasOwn = plan.disks().stream().anyMatch(disk -> disk.source() instanceof Disk.Source.Empty);
        Optional<Path> saved = plan.from().disk().map(id -> snapshots.of(id).disk());
        if (hasOwn && (saved.isPresent() || !Files.exists(files.emptyDisk()))) {
            createDisk(saved.orElse(emptyDisk), files.emptyDisk(), timeout);
            return saved.isEmpty();
        }
        return false;
    }

    private void createDisk(Path source, Path disk, Duration timeout) {
        try {
            var _ = copy.copy(source, disk, timeout);
        } catch (IOException failure) {
            throw HostErrors.of("create the disk", disk, failure);
        } catch (TimeoutException late) {
            throw new HyperfleetException(
                    ErrorCode.MACHINE_FAILED,
                    ("Cannot create the disk %s within %d s: the host's disk is slow. HYPERFLEET_START_TIMEOUT "
                                    + "sets the time for a start.")
                            .formatted(disk, timeout.toSeconds()),
                    late);
        }
    }

    /** As {@link Host#keepEvidence}. */
    public void keepEvidence(MachineId id, String vmmState) {
        MachineFiles files = layout.of(id);
        try {
            Folders.create(files.evidence());
            Files.writeString(files.evidence().resolve("vmm-state.txt"), vmmState);
            for (Path log : List.of(files.consoleLog(), files.vmmLog(), files.launchFile())) {
                if (Files.exists(log)) {
                    Files.copy(log, files.evidence().resolve(log.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException | HyperfleetException noRoom) {
            // These logs are optional. The failure of the start itself matters.
        }
    }

    /** As {@link Host#removeRuntime}. */
    public void removeRuntime(MachineId id) {
        shim.reapIfLeft(layout.of(id));
        Folders.remove(layout.of(id).socketDirectory());
        Folders.remove(SparseCopy.unfinished(layout.of(id).emptyDisk())); // the server died while it created the disk
        Folders.remove(layout.of(id).unfinishedSuspended().directory());
    }

    /** As {@link Host#remove}. */
    public void remove(MachineId id) {
        shim.reap(layout.of(id));
        Folders.remove(layout.of(id).socketDirectory());
        Folders.remove(layout.of(id).directory());
    }

    /** As {@link Host#list}. */
    public Set<MachineId> list() {
        Set<MachineId> found = new HashSet<>(Folders.machines(layout.machines()));
        found.addAll(Folders.machines(layout.sockets()));
        return found;
    }
}
