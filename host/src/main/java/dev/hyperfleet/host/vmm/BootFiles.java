package dev.hyperfleet.host.vmm;

import dev.hyperfleet.core.host.Launch.JailedFile;
import dev.hyperfleet.core.host.MachineFiles;
import dev.hyperfleet.core.image.BootImage;
import dev.hyperfleet.core.machine.Machine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The files of a machine, by the names under which its VMM finds them: paths of the host, or of a jail. */
public record BootFiles(String kernel, Optional<String> initrd, String rootfs, String disk) {
    private static final BootFiles JAILED = new BootFiles("kernel", Optional.of("initrd"), "rootfs", "disk");

    public static BootFiles of(Machine machine, MachineFiles files, boolean jailed) {
        BootImage image = machine.spec().image();
        return jailed
                ? new BootFiles(JAILED.kernel, image.initrd().flatMap(_ -> JAILED.initrd), JAILED.rootfs, JAILED.disk)
                : new BootFiles(
                        image.kernel().toString(),
                        image.initrd().map(Path::toString),
                        image.rootfs().toString(),
                        files.disk().toString());
    }

    /** What has to be bound into a jail so that they are there. */
    public static List<JailedFile> bound(Machine machine, MachineFiles files) {
        BootImage image = machine.spec().image();
        List<JailedFile> bound = new ArrayList<>();
        bound.add(new JailedFile(image.kernel(), JAILED.kernel, false));
        image.initrd().ifPresent(initrd -> bound.add(new JailedFile(initrd, JAILED.initrd.orElseThrow(), false)));
        bound.add(new JailedFile(image.rootfs(), JAILED.rootfs, false));
        bound.add(new JailedFile(files.disk(), JAILED.disk, true));
        return bound;
    }
}
