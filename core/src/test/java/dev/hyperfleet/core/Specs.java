package dev.hyperfleet.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Machines to make in tests. */
public final class Specs {
    private Specs() {}

    public static MachineSpec named(String name) {
        BootImage image =
                new BootImage(Path.of("/vmlinux"), "quiet", Optional.of(Path.of("/initramfs")), Path.of("/root.ext4"));
        return new MachineSpec(name, 1, 256, List.of(), List.of(), Automation.NONE, image);
    }
}
