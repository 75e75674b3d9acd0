package dev.hyperfleet.host;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import java.nio.file.Path;

/**
 * The paths of one machine's files on the host. All are in two folders that are named after the machine's id.
 *
 * @param directory files that are kept until the machine is deleted
 * @param socketDirectory files that are needed while it runs; accessible only to the server's user
 */
public record MachineFiles(Path directory, Path socketDirectory) {
    /** The file of one of the machine's disks. */
    public Path disk(Disk disk, Image image) {
        return switch (disk.source()) {
            case Disk.Source.ImageRoot _ -> image.rootfs();
            case Disk.Source.Empty _ -> emptyDisk();
        };
    }

    /** The file of the disk that begins as an empty file system. */
    public Path emptyDisk() {
        return directory.resolve("disk.ext4");
    }

    /** The guest's console. */
    public Path consoleLog() {
        return directory.resolve("console.log");
    }

    /** The VMM's messages. */
    public Path vmmLog() {
        return directory.resolve("vmm.log");
    }

    /** The kept logs of the last start that timed out. */
    public Path evidence() {
        return directory.resolve("failed-start");
    }

    /** How the last VMM ended. */
    public Path exitRecord() {
        return directory.resolve("exit.json");
    }

    /** The supervisor's launch file. */
    public Path launchFile() {
        return directory.resolve("launch.json");
    }

    /** The memory that was saved when the machine was suspended; absent otherwise. */
    public SnapshotLayout.Paths suspended() {
        return new SnapshotLayout.Paths(directory.resolve("suspended"));
    }

    /** The same while it is written, or removed. */
    public SnapshotLayout.Paths unfinishedSuspended() {
        return new SnapshotLayout.Paths(directory.resolve("suspended" + SnapshotLayout.UNFINISHED));
    }

    /** The VMM's own API. */
    public Path vmmSocket() {
        return socketDirectory.resolve("vmm.sock");
    }

    /** The socket of the agent in the guest. */
    public Path agentSocket() {
        return socketDirectory.resolve("agent.sock");
    }

    /** The socket over which a VMM's memory is saved or loaded. */
    public Path memorySocket() {
        return socketDirectory.resolve("memory.sock");
    }

    /** The working directory of a VMM that opens its sockets itself and is not in a jail. */
    public Path vmmDirectory() {
        return socketDirectory.resolve("vmm");
    }

    /** The supervisor's own socket. */
    public Path supervisorSocket() {
        return socketDirectory.resolve("shim.sock");
    }
}
