package dev.hyperfleet.host.snapshot;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.SuspendedMemory;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.disk.Holes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** The memory of suspended machines, in a folder of each machine's, which has another name until it is complete. */
public final class SuspendedFiles implements SuspendedMemory {
    private final MachineLayout layout;
    private final Supplier<String> format;

    /**
     * @param format which VMMs can load what this host's VMM saves
     */
    public SuspendedFiles(MachineLayout layout, Supplier<String> format) {
        this.layout = layout;
        this.format = format;
    }

    @Override
    public void save(MachineId id, Vmm vmm, Duration timeout) {
        MachineFiles files = layout.of(id);
        discard(id);
        SnapshotLayout.Paths unfinished = files.unfinishedSuspended();
        boolean saved = false;
        try {
            Folders.create(unfinished.directory());
            vmm.save(unfinished.directory(), timeout);
            Holes.dig(unfinished.memory());
            Files.writeString(unfinished.format(), format.get());
            for (Path file : List.of(
                    unfinished.memory(),
                    unfinished.devices(),
                    unfinished.format(),
                    unfinished.directory(),
                    files.emptyDisk())) {
                Folders.sync(file);
            }
            Files.move(unfinished.directory(), files.suspended().directory(), StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(files.directory());
            saved = true;
        } catch (IOException failure) {
            throw HostErrors.of("save the machine's memory to", unfinished.directory(), failure);
        } finally {
            if (!saved) {
                discard(id);
            }
        }
    }

    @Override
    public boolean exists(MachineId id) {
        return Files.exists(layout.of(id).suspended().directory());
    }

    @Override
    public void requireLoadable(MachineId id) {
        Path file = layout.of(id).suspended().format();
        String saved;
        try {
            saved = Files.readString(file);
        } catch (IOException failure) {
            throw HostErrors.of("read", file, failure);
        }
        if (!saved.equals(format.get())) {
            throw new HyperfleetException(
                    ErrorCode.MACHINE_FAILED,
                    ("The machine was suspended by %s, and this host runs %s, which cannot load its memory. Start it "
                                    + "with boot=true to discard the memory and boot from its disk.")
                            .formatted(saved, format.get()));
        }
    }

    @Override
    public void discard(MachineId id) {
        discard(layout.of(id));
    }

    /** As {@link SuspendedMemory#discard}. After a power cut, too, it is complete or absent. */
    public static void discard(MachineFiles files) {
        Path complete = files.suspended().directory();
        Path unfinished = files.unfinishedSuspended().directory();
        Folders.remove(unfinished);
        if (Files.notExists(complete)) {
            return;
        }
        try {
            Files.move(complete, unfinished, StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(files.directory());
        } catch (IOException failure) {
            throw HostErrors.of("remove", complete, failure);
        }
        Folders.remove(unfinished);
    }
}
