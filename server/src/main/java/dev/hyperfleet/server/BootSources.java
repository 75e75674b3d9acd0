package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.image.FileDigests;
import dev.hyperfleet.host.image.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The properties of new machines, from the files that settings name. */
final class BootSources {
    private static final long MIB = 1 << 20;

    private BootSources() {}

    /** Links are resolved now: a machine keeps its image when the default changes. */
    static MachineDefaults read(Settings settings) {
        existing("HYPERFLEET_SHIM_PATH", settings.shim());
        Path scratch = existing("HYPERFLEET_SCRATCH_PATH", settings.scratch());
        Image image = ImageFiles.read(
                existing("HYPERFLEET_KERNEL_IMAGE_PATH", settings.kernel()),
                settings.kernelArgs(),
                settings.initrd().map(initrd -> existing("HYPERFLEET_INITRD_PATH", initrd)),
                existing("HYPERFLEET_ROOTFS_PATH", settings.rootfs()),
                new FileDigests(settings.home().resolve("image-digests.json")));
        return new MachineDefaults(image, Disk.overImage(sizeMib(image.rootfs()), sizeMib(scratch)));
    }

    private static long sizeMib(Path file) {
        try {
            return Math.max(1, Math.ceilDiv(Files.size(file), MIB));
        } catch (IOException failure) {
            throw HostErrors.of("read", file, failure);
        }
    }

    private static Path existing(String setting, Path file) {
        try {
            Path real = file.toRealPath();
            if (Files.isReadable(real) && Files.isRegularFile(real)) {
                return real;
            }
        } catch (IOException missing) {
            // reported below
        }
        throw new HyperfleetException(
                ErrorCode.INTERNAL_ERROR,
                "%s is not a readable file. 'hyperfleet setup' builds the default ones; %s names another."
                        .formatted(file, setting));
    }
}
