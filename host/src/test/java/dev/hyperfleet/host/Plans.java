package dev.hyperfleet.host;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Runs of machines, for tests. */
public final class Plans {
    private static final Image IMAGE = new Image(
            Optional.empty(),
            Path.of("/images/vmlinux"),
            "console=ttyS0",
            Optional.of(Path.of("/images/initramfs")),
            Path.of("/images/root.ext4"),
            0);

    private Plans() {}

    public static LaunchPlan boot(MachineId id) {
        return LaunchPlan.boot(Machine.create(
                id,
                1,
                0,
                new MachineSpec(
                        "web-1", 1, 256, List.of(), List.of(), Automation.NONE, true, IMAGE, Disk.overImage(1, 1)),
                Optional.empty(),
                Instant.EPOCH));
    }
}
