package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.image.ImageSource;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Restarts;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Start;
import dev.hyperfleet.core.machine.TimeToLive;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Machines to store in tests. */
final class Examples {
    static final Instant THEN = Instant.parse("2026-02-03T04:05:06.789012Z");

    private Examples() {}

    static MachineId id(int number) {
        return new MachineId("m%011d".formatted(number));
    }

    /** One that has never been started. */
    static Machine pending(int number) {
        return new Machine(
                id(number),
                number,
                number,
                new MachineSpec(
                        "machine-" + number,
                        2,
                        512,
                        List.of(),
                        List.of(),
                        Automation.NONE,
                        false,
                        new Image(
                                Optional.empty(), Path.of("/vmlinux"), "", Optional.empty(), Path.of("/root.ext4"), 96),
                        Disk.overImage(190, 16_384)),
                Optional.empty(),
                Optional.empty(),
                MachineStatus.PENDING,
                Optional.empty(),
                Optional.empty(),
                Restarts.NONE,
                THEN,
                THEN,
                1);
    }

    /** A machine with every optional part, with extreme values. */
    static Machine running(int number) {
        return new Machine(
                id(number),
                Long.MAX_VALUE - number,
                Integer.MAX_VALUE - number,
                new MachineSpec(
                        "Machine_" + number + ".x",
                        32,
                        1L << 40,
                        List.of(65535, 1, 8080),
                        List.of(1),
                        new Automation(
                                new Sleep(
                                        Sleep.Autostop.PAUSE,
                                        Duration.ofDays(7),
                                        Optional.of(Duration.ofHours(1)),
                                        true),
                                new RestartPolicy(RestartPolicy.When.ALWAYS, 1000),
                                List.of(new HealthCheck(
                                        "it's \"up\"",
                                        HealthCheck.Kind.HTTP,
                                        Optional.of(65535),
                                        Optional.of("/ä?x=1"),
                                        List.of(),
                                        Duration.ofSeconds(1),
                                        Duration.ofMillis(1500),
                                        Duration.ZERO,
                                        1,
                                        100,
                                        true)),
                                Optional.of(new TimeToLive(THEN, true))),
                        true,
                        new Image(
                                Optional.of("sha256:" + "0f".repeat(32)),
                                Path.of("/a folder/it's, \"quoted\"/vmlinux"),
                                "console=ttyS0 name='ä; DROP TABLE machines;'",
                                Optional.of(Path.of("/initramfs")),
                                Path.of("/root.ext4"),
                                96,
                                Optional.of(new ImageSource("a/b:c", "sha256:" + "1e".repeat(32)))),
                        Disk.overImage(190, 16_384)),
                Optional.of(new Owner("ci", Optional.of("k7h2m9q4"))),
                Optional.of(new SnapshotId("s00000000001")),
                MachineStatus.RUNNING,
                Optional.empty(),
                Optional.of(new Instance(
                        new ProcessIdentity(4_194_304, Long.MAX_VALUE, "01234567-89ab-cdef-0123-456789abcdef"),
                        Path.of("/run/hyperfleet/vmm.sock"),
                        new NetworkAttachment(
                                "172.16.0.2",
                                "AA:FC:00:00:00:01",
                                true,
                                Optional.of(new NetworkAttachment.Tap("tap0", "172.16.0.1")),
                                Optional.of("10.213.0.2")),
                        new Start(
                                Start.From.SNAPSHOT,
                                Optional.of(new SnapshotId("s00000000001")),
                                Duration.ofMillis(62),
                                Duration.ofMillis(281),
                                Optional.of("The VMM's \"end\"")))),
                new Restarts(3, Optional.of(THEN)),
                THEN,
                THEN.plusNanos(1_000),
                Long.MAX_VALUE);
    }

    static Machine to(Machine machine, MachineStatus status, Optional<String> error, Optional<Instance> instance) {
        return new Machine(
                machine.id(),
                machine.sequence(),
                machine.slot(),
                machine.spec(),
                machine.owner(),
                machine.startsFrom(),
                status,
                error,
                instance,
                machine.restarts(),
                machine.createdAt(),
                THEN.plusSeconds(60),
                machine.version());
    }
}
