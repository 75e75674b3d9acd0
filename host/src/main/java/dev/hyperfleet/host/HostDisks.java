package dev.hyperfleet.host;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineDisks;
import dev.hyperfleet.core.MachineFiles;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MachineLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Machines' folders and disks as plain files. A disk begins as a copy of an empty file system's few used
 * blocks; all else of it is a hole.
 */
public final class HostDisks implements MachineDisks {
    private static final Duration COPY_TIMEOUT = Duration.ofSeconds(30);

    private final MachineLayout layout;
    private final Path emptyDisk;
    private final Shim shim;

    /**
     * Machines that live in this layout.
     *
     * @param emptyDisk what every disk begins as
     * @param shim removes what of a machine's VMM may be left
     */
    public HostDisks(MachineLayout layout, Path emptyDisk, Shim shim) {
        this.shim = shim;
        this.layout = layout;
        this.emptyDisk = emptyDisk;
    }

    @Override
    public void prepare(MachineId id) {
        MachineFiles files = layout.of(id);
        Folders.create(files.directory());
        Folders.claim(files.socketDirectory());
        if (!Files.exists(files.disk())) {
            copyEmptyDisk(files.disk());
        }
    }

    /** Under another name first: a copy that was interrupted must not pass for a disk. */
    private void copyEmptyDisk(Path disk) {
        Path unfinished = disk.resolveSibling(disk.getFileName() + ".new");
        Program.Result copy = Program.run(
                List.of("cp", "--sparse=always", "--reflink=auto", emptyDisk.toString(), unfinished.toString()),
                COPY_TIMEOUT);
        if (copy.exitCode() != 0) {
            throw HostErrors.of("make the disk", disk, copy.errors());
        }
        try {
            Files.move(unfinished, disk, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw HostErrors.of("make the disk", disk, failure);
        }
    }

    @Override
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
            // It is a service to people. The failure of the start itself is what counts.
        }
    }

    @Override
    public void removeRuntime(MachineId id) {
        shim.reapIfLeft(layout.of(id));
        Folders.remove(layout.of(id).socketDirectory());
    }

    @Override
    public void remove(MachineId id) {
        shim.reap(layout.of(id));
        Folders.remove(layout.of(id).socketDirectory());
        Folders.remove(layout.of(id).directory());
    }

    @Override
    public Set<MachineId> list() {
        Set<MachineId> found = new HashSet<>(Folders.machines(layout.machines()));
        found.addAll(Folders.machines(layout.sockets()));
        return found;
    }
}
