package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Machines to make in tests. */
public final class Specs {
    private Specs() {}

    public static MachineSpec named(String name) {
        return of(name, Optional.of(Path.of("/initramfs")), Automation.NONE);
    }

    public static MachineSpec withoutAgent(String name) {
        return of(name, Optional.empty(), Automation.NONE);
    }

    public static MachineSpec sleeping(String name, Sleep.Autostop autostop) {
        return of(
                name,
                Optional.of(Path.of("/initramfs")),
                new Automation(
                        new Sleep(autostop, Sleep.DEFAULT_IDLE, false),
                        RestartPolicy.NEVER,
                        List.of(),
                        Optional.empty()));
    }

    private static MachineSpec of(String name, Optional<Path> initramfs, Automation automation) {
        Image image = new Image(Optional.empty(), Path.of("/vmlinux"), "quiet", initramfs, Path.of("/root.ext4"), 0);
        return new MachineSpec(name, 1, 256, List.of(), List.of(), automation, image, Disk.overImage(64, 16_384));
    }
}
