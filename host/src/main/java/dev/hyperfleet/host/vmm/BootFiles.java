package dev.hyperfleet.host.vmm;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.shim.Launch.JailedFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files of a machine, under the paths at which its VMM finds them: on the host, or in a jail.
 *
 * @param drives one for each disk, in the guest's order
 */
public record BootFiles(String kernel, Optional<String> initrd, List<Drive> drives) {
    private static final String KERNEL = "kernel";
    private static final String INITRD = "initrd";

    /**
     * A disk of a VMM.
     *
     * @param id the VMM's name of the device
     * @param path of its file
     */
    public record Drive(String id, String path, boolean readOnly) {}

    public static BootFiles of(LaunchPlan plan, MachineFiles files, boolean jailed) {
        Image image = plan.machine().spec().image();
        return new BootFiles(
                jailed ? KERNEL : image.kernel().toString(),
                image.initrd().map(path -> jailed ? INITRD : path.toString()),
                plan.disks().stream()
                        .map(disk -> new Drive(
                                id(disk),
                                jailed
                                        ? jailedName(disk)
                                        : files.disk(disk, image).toString(),
                                disk.isReadOnly()))
                        .toList());
    }

    /** The files to bind-mount into a jail. */
    public static List<JailedFile> bound(LaunchPlan plan, MachineFiles files) {
        Image image = plan.machine().spec().image();
        List<JailedFile> bound = new ArrayList<>();
        bound.add(new JailedFile(image.kernel(), KERNEL, false));
        image.initrd().ifPresent(initrd -> bound.add(new JailedFile(initrd, INITRD, false)));
        for (Disk disk : plan.disks()) {
            Path file = files.disk(disk, image);
            bound.add(new JailedFile(file, jailedName(disk), !disk.isReadOnly()));
        }
        return bound;
    }

    private static String id(Disk disk) {
        return switch (disk.kind()) {
            case BASE -> "root";
            case LAYER -> "scratch";
        };
    }

    private static String jailedName(Disk disk) {
        return switch (disk.kind()) {
            case BASE -> "rootfs";
            case LAYER -> "disk";
        };
    }
}
