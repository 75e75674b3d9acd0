package dev.hyperfleet.host;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import java.nio.file.Path;

/**
 * Where everything of one machine is on the host. All of it is in two folders that are called after
 * the machine's id.
 *
 * @param directory what is kept until the machine is deleted
 * @param socketDirectory what is needed while it runs; open to the server's user alone
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

    /** What the guest has written to its console. */
    public Path consoleLog() {
        return directory.resolve("console.log");
    }

    /** What the VMM has said of itself. */
    public Path vmmLog() {
        return directory.resolve("vmm.log");
    }

    /** What is kept of the last start that was not answered. */
    public Path evidence() {
        return directory.resolve("failed-start");
    }

    /** How the last VMM has ended. */
    public Path exitRecord() {
        return directory.resolve("exit.json");
    }

    /** What the supervisor is told to start. */
    public Path launchFile() {
        return directory.resolve("launch.json");
    }

    /** The VMM's own API. */
    public Path vmmSocket() {
        return socketDirectory.resolve("vmm.sock");
    }

    /** The way to the agent in the guest. */
    public Path agentSocket() {
        return socketDirectory.resolve("agent.sock");
    }

    /** Where a VMM runs that opens its sockets itself, and is in no jail. */
    public Path vmmDirectory() {
        return socketDirectory.resolve("vmm");
    }

    /** The supervisor's own socket. */
    public Path supervisorSocket() {
        return socketDirectory.resolve("shim.sock");
    }
}
