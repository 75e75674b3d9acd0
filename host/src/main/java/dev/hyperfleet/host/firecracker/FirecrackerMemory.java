package dev.hyperfleet.host.firecracker;

import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.shim.Launch.JailedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

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

    private static final Path SWAPS = Path.of("/proc/swaps");

    /** The files that a VMM needs in its folder to load this. */
    static List<JailedFile> files(SnapshotLayout.Paths saved) {
        return List.of(new JailedFile(saved.memory(), MEMORY, false), new JailedFile(saved.devices(), DEVICES, false));
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
        try {
            String memory = open(to.memory());
            String devices = open(to.devices());
            api.put(
                    "save the guest's memory",
                    "snapshot/create",
                    Map.of(
                            "snapshot_type",
                            onlyTouched && !isRestored() && !mayBeSwapped() ? "Diff" : "Full",
                            "snapshot_path",
                            devices,
                            "mem_file_path",
                            memory));
        } catch (IOException failure) {
            throw HostErrors.of("save the guest's memory to", to.memory(), failure);
        } finally {
            close(to.memory());
            close(to.devices());
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
     * Creates an empty file that the VMM can write to, and returns its name for the VMM. In a jail it is a second name
     * of the file, for as long as the VMM writes: the file stays where others find it, and there is nothing to copy.
     */
    private String open(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (!jailed) {
            return file.toString();
        }
        Path link = link(file);
        Files.deleteIfExists(link); // an earlier server may have ended while it saved the guest
        Files.createLink(link, file);
        Files.setAttribute(file, "unix:uid", Files.getAttribute(folder, "unix:uid"));
        return link.getFileName().toString();
    }

    private Path link(Path file) {
        return folder.resolve(file.getFileName() + SnapshotLayout.UNFINISHED);
    }

    /**
     * Takes the file from the VMM. The users of other jails read it through bind mounts; its folder is closed to all of
     * them.
     */
    private void close(Path file) {
        if (!jailed) {
            return;
        }
        try {
            Files.deleteIfExists(link(file));
            if (Files.exists(file)) {
                Files.setAttribute(file, "unix:uid", Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
            }
        } catch (IOException failure) {
            throw HostErrors.of("protect", file, failure);
        }
    }
}
