package dev.hyperfleet.host.firecracker;

import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.shim.Launch.JailedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Saves a guest's memory with the state of its devices, and loads it. See Firecracker's
 * docs/snapshotting/snapshot-support.md.
 *
 * @param folder what the VMM sees as its root directory, or as its working directory
 * @param jailed whether it is the root of a jail, where the VMM runs as a user that only its machine has
 */
record FirecrackerMemory(Path folder, boolean jailed) {
    /** The names of the files that a guest continues from, in the folder. */
    private static final String MEMORY = "memory";

    private static final String DEVICES = "devices";

    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("r--r--r--");

    private static final Path SWAPS = Path.of("/proc/swaps");

    /**
     * The files that a VMM needs in its folder to load this. In a jail it reads them as another user through bind
     * mounts, so they are readable; their folder is closed to all others.
     */
    List<JailedFile> files(SnapshotLayout.Paths saved) {
        if (jailed) {
            readable(saved.memory());
            readable(saved.devices());
        }
        return List.of(new JailedFile(saved.memory(), MEMORY, false), new JailedFile(saved.devices(), DEVICES, false));
    }

    private static void readable(Path file) {
        try {
            Files.setPosixFilePermissions(file, READABLE);
        } catch (IOException failure) {
            throw HostErrors.of("let the machine's user read", file, failure);
        }
    }

    /** Loads the memory, which is read when it is used. The guest stays halted. */
    void load(FirecrackerApi api) {
        api.put(
                "load the guest's memory",
                "snapshot/load",
                Map.of(
                        "snapshot_path",
                        DEVICES,
                        "mem_backend",
                        Map.of("backend_type", "File", "backend_path", MEMORY),
                        "resume_vm",
                        false));
    }

    /**
     * Saves the memory of a halted guest, which stays halted.
     *
     * @param onlyTouched whether the VMM can leave out the pages that the guest has never used
     */
    void save(FirecrackerApi api, boolean onlyTouched, SnapshotLayout.Paths to) {
        try (Writable memory = new Writable(to.memory());
                Writable devices = new Writable(to.devices())) {
            api.put(
                    "save the guest's memory",
                    "snapshot/create",
                    Map.of(
                            "snapshot_type",
                            onlyTouched && !isRestored() && !mayBeSwapped() ? "Diff" : "Full",
                            "snapshot_path",
                            devices.open(),
                            "mem_file_path",
                            memory.open()));
        } catch (IOException failure) {
            throw HostErrors.of("save the guest's memory to", to.memory(), failure);
        }
    }

    /** Pages that only the file has, which such a guest continues from, count as never used. */
    private boolean isRestored() {
        return Files.exists(folder.resolve(MEMORY), LinkOption.NOFOLLOW_LINKS);
    }

    /** Swapped pages also count as never used. The first line of the list is its heading. */
    private static boolean mayBeSwapped() throws IOException {
        return Files.readAllLines(SWAPS).size() > 1;
    }

    /**
     * A new file that the VMM can write to until this is closed. In a jail it has a second name for so long: the file
     * stays where others find it, and there is nothing to copy.
     */
    private final class Writable implements AutoCloseable {
        private final Path file;
        private final Path link;

        Writable(Path file) {
            this.file = file;
            this.link = folder.resolve(file.getFileName() + SnapshotLayout.UNFINISHED);
        }

        /** Creates it, and returns its name for the VMM. */
        String open() throws IOException {
            Files.createFile(file, Folders.PRIVATE_FILE);
            if (!jailed) {
                return file.toString();
            }
            Files.deleteIfExists(link); // an earlier server may have ended while it saved the guest
            Files.createLink(link, file);
            Files.setAttribute(file, "unix:uid", Files.getAttribute(folder, "unix:uid"));
            return link.getFileName().toString();
        }

        @Override
        public void close() throws IOException {
            if (jailed) {
                Files.deleteIfExists(link);
                if (Files.exists(file)) {
                    Files.setAttribute(file, "unix:uid", Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
                }
            }
        }
    }
}
