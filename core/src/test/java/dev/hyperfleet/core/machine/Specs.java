package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Machines to make in tests. */
public final class Specs {
    private Specs() {}

    public static MachineSpec named(String name) {
        return of(name, Optional.of(Path.of("/initramfs")), Automation.NONE);
    }

    /** One whose boot another machine's first start may continue from. */
    public static MachineSpec warm(String name, int vcpus) {
        return warm(name, vcpus, true);
    }

    public static MachineSpec cold(String name) {
        return warm(name, 1, false);
    }

    private static MachineSpec warm(String name, int vcpus, boolean warm) {
        Image image = new Image(
                Optional.of("sha256:" + "0".repeat(64)),
                Path.of("/vmlinux"),
                "quiet",
                Optional.of(Path.of("/initramfs")),
                Path.of("/root.ext4"),
                0);
        return new MachineSpec(
                name, vcpus, 256, List.of(), List.of(), Automation.NONE, warm, image, Disk.overImage(64, 16_384));
    }

    public static MachineSpec withoutAgent(String name) {
        return of(name, Optional.empty(), Automation.NONE);
    }

    public static MachineSpec sleeping(String name, Sleep.Autostop autostop) {
        return of(
                name,
                Optional.of(Path.of("/initramfs")),
                new Automation(
                        new Sleep(autostop, Sleep.DEFAULT_IDLE, Optional.empty(), false),
                        RestartPolicy.NEVER,
                        List.of(),
                        Optional.empty()));
    }

    public static MachineSpec suspendedAfter(String name, Duration pause) {
        return of(
                name,
                Optional.of(Path.of("/initramfs")),
                new Automation(
                        new Sleep(Sleep.Autostop.OFF, Sleep.DEFAULT_IDLE, Optional.of(pause), false),
                        RestartPolicy.NEVER,
                        List.of(),
                        Optional.empty()));
    }

    private static MachineSpec of(String name, Optional<Path> initramfs, Automation automation) {
        Image image = new Image(Optional.empty(), Path.of("/vmlinux"), "quiet", initramfs, Path.of("/root.ext4"), 0);
        return new MachineSpec(name, 1, 256, List.of(), List.of(), automation, true, image, Disk.overImage(64, 16_384));
    }
}
