package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.Lease;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.image.ImageSource;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.HealthCheck.Kind;
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
import dev.hyperfleet.core.request.Cause;
import dev.hyperfleet.core.snapshot.BootKey;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a server must find in the golden database of a version: the same in each, except for what the version could not
 * store.
 *
 * @param version the schema of the file, before its migration
 */
record GoldenFleet(int version) {
    static final MachineId WEB = new MachineId("k3v9x0q2m7ab");
    private static final String PANIC = "the guest's kernel panicked:\nno \"root\"; see the console";
    private static final List<Disk> UNKNOWN_SIZES = Disk.overImage(0, 0);
    private static final Automation SLEEPY = new Automation(
            new Sleep(Sleep.Autostop.PAUSE, Duration.ofSeconds(90), Optional.empty(), true),
            new RestartPolicy(RestartPolicy.When.ON_FAILURE, 7),
            List.of(
                    new HealthCheck(
                            "page",
                            Kind.HTTP,
                            Optional.of(8080),
                            Optional.of("/healthz?full=1"),
                            List.of(),
                            Duration.ofSeconds(15),
                            Duration.ofSeconds(3),
                            Duration.ofSeconds(20),
                            2,
                            4,
                            true),
                    new HealthCheck(
                            "db",
                            Kind.TCP,
                            Optional.of(5432),
                            Optional.empty(),
                            List.of(),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(2),
                            Duration.ofSeconds(30),
                            1,
                            3,
                            false),
                    new HealthCheck(
                            "queue",
                            Kind.EXEC,
                            Optional.empty(),
                            Optional.empty(),
                            List.of("sh", "-c", "test -e /run/queue"),
                            Duration.ofMinutes(1),
                            Duration.ofSeconds(5),
                            Duration.ZERO,
                            1,
                            5,
                            false)),
            Optional.of(new TimeToLive(Instant.parse("2026-12-01T00:00:00.5Z"), true)));
    private static final Automation STUBBORN = new Automation(
            new Sleep(Sleep.Autostop.STOP, Duration.ofDays(7), Optional.empty(), false),
            new RestartPolicy(RestartPolicy.When.ALWAYS, 1000),
            List.of(),
            Optional.of(new TimeToLive(Instant.parse("2027-01-01T00:00:00Z"), false)));

    private static final String KEY = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
    private static final Start START = new Start(
            Start.From.SNAPSHOT,
            Optional.of(new SnapshotId("s8n2p4h6t0ab")),
            Duration.ofNanos(62_417_000),
            Duration.ofNanos(281_250_000),
            Optional.of("The VMM has ended"));

    List<Machine> machines() {
        return List.of(web(), failed(), fresh());
    }

    List<Snapshot> snapshots() {
        return version < 8
                ? List.of()
                : List.of(new Snapshot(
                        new SnapshotId("s8n2p4h6t0ab"),
                        "before-the-upgrade",
                        Map.of("env", "prod"),
                        WEB,
                        web().spec(),
                        Optional.of("QEMU 7.2.22, emulated CPU"),
                        74_761_945,
                        368_640,
                        Duration.ofNanos(533_804_000),
                        since(10, Optional.of(new BootKey(KEY)), Optional.empty()),
                        false,
                        Optional.of(new Owner("ci", Optional.of("k7h2m9q4"))),
                        Instant.parse("2026-10-01T08:35:00Z")));
    }

    private <T> T since(int added, T value, T before) {
        return version >= added ? value : before;
    }

    private static final Optional<ImageSource> SOURCE =
            Optional.of(new ImageSource("docker.io/library/python:3.13", "sha256:" + "fedcba9876543210".repeat(4)));

    private Machine web() {
        return new Machine(
                WEB,
                1,
                since(2, 2, 0),
                new MachineSpec(
                        "web",
                        4,
                        2048,
                        List.of(8080, 5432, 22),
                        since(4, List.of(22, 8080), List.of()),
                        since(4, SLEEPY, Automation.NONE),
                        true,
                        new Image(
                                since(7, Optional.of("sha256:" + "0123456789abcdef".repeat(4)), Optional.empty()),
                                Path.of("/srv/images/vmlinux"),
                                "console=ttyS0 quiet",
                                Optional.of(Path.of("/srv/images/initramfs")),
                                Path.of("/srv/images/debian.ext4"),
                                since(6, 96, 0),
                                since(12, SOURCE, Optional.empty())),
                        since(7, Disk.overImage(245, 16_384), UNKNOWN_SIZES)),
                since(
                        5,
                        Optional.of(new Owner("ci", since(9, Optional.of("k7h2m9q4"), Optional.empty()))),
                        Optional.empty()),
                Optional.empty(),
                MachineStatus.RUNNING,
                Optional.empty(),
                Optional.of(new Instance(
                        new ProcessIdentity(4711, 987654, "01234567-89ab-cdef-0123-456789abcdef"),
                        Path.of("/run/hyperfleet/k3v9x0q2m7ab/vmm.sock"),
                        new NetworkAttachment(
                                "172.16.0.2",
                                "AA:FC:00:00:00:01",
                                true,
                                since(
                                        2,
                                        Optional.of(new NetworkAttachment.Tap("tap0", "172.16.0.1")),
                                        Optional.empty()),
                                since(2, Optional.of("10.213.0.4"), Optional.empty())),
                        since(10, START, Start.UNKNOWN))),
                Restarts.NONE,
                Instant.parse("2026-10-01T08:00:01.000001Z"),
                Instant.parse("2026-10-01T08:30:00.25Z"),
                since(5, 7, 1));
    }

    private Machine failed() {
        return new Machine(
                new MachineId("p5d8w1r6t4cd"),
                3,
                since(2, 0, 1),
                new MachineSpec(
                        "Build_3.x",
                        1,
                        256,
                        List.of(),
                        List.of(),
                        since(4, STUBBORN, Automation.NONE),
                        true,
                        new Image(
                                Optional.empty(),
                                Path.of("/srv/old, images/vmlinux"),
                                "",
                                Optional.empty(),
                                Path.of("/srv/old, images/root.ext4"),
                                0),
                        UNKNOWN_SIZES),
                Optional.empty(),
                Optional.empty(),
                MachineStatus.FAILED,
                Optional.of(PANIC),
                Optional.empty(),
                since(4, new Restarts(2, Optional.of(Instant.parse("2026-10-02T09:05:04Z"))), Restarts.NONE),
                Instant.parse("2026-10-02T09:00:00Z"),
                Instant.parse("2026-10-02T09:05:00Z"),
                since(5, 3, 1));
    }

    private Machine fresh() {
        return new Machine(
                new MachineId("z0y1x2w3v4ef"),
                4,
                since(2, 1, 2),
                new MachineSpec(
                        "fresh",
                        2,
                        512,
                        List.of(80),
                        List.of(),
                        Automation.NONE,
                        since(10, false, true),
                        new Image(
                                Optional.empty(),
                                Path.of("/srv/images/vmlinux"),
                                "",
                                Optional.of(Path.of("/srv/images/initramfs")),
                                Path.of("/srv/images/debian.ext4"),
                                since(6, 128, 0)),
                        since(7, Disk.overImage(246, 8_192), UNKNOWN_SIZES)),
                since(
                        5,
                        Optional.of(new Owner("ops", since(9, Optional.of("a1c3e5g7"), Optional.empty()))),
                        Optional.empty()),
                since(8, Optional.of(new SnapshotId("s8n2p4h6t0ab")), Optional.empty()),
                MachineStatus.PENDING,
                Optional.empty(),
                Optional.empty(),
                Restarts.NONE,
                Instant.parse("2026-10-03T10:00:00Z"),
                Instant.parse("2026-10-03T10:00:00Z"),
                1);
    }

    List<ApiKey> keys() {
        return List.of(
                new ApiKey(
                        "k7h2m9q4",
                        "ci",
                        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        Set.of(Scope.MACHINES_READ, Scope.MACHINES_WRITE),
                        since(
                                5,
                                new Quota(
                                        OptionalLong.of(20),
                                        OptionalLong.of(10),
                                        OptionalLong.of(16),
                                        OptionalLong.of(32768),
                                        since(11, OptionalLong.of(30), OptionalLong.empty()),
                                        since(11, OptionalLong.of(2048), OptionalLong.empty())),
                                Quota.NONE),
                        Instant.parse("2026-09-30T12:00:00Z"),
                        Optional.of(Instant.parse("2027-09-30T12:00:00Z")),
                        since(
                                9,
                                Optional.of(new ApiKey.RetiredSecret(
                                        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                                        Instant.parse("2026-10-01T12:00:00Z"))),
                                Optional.empty())),
                new ApiKey(
                        "a1c3e5g7",
                        "ops",
                        "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
                        Set.of(Scope.ALL),
                        Quota.NONE,
                        Instant.parse("2026-09-30T12:00:01Z"),
                        Optional.empty()));
    }

    List<Event> events() {
        return since(
                3,
                List.of(
                        new Event(
                                11,
                                Instant.parse("2026-10-01T08:30:00.25Z"),
                                WEB,
                                "web",
                                "running",
                                Optional.empty(),
                                new Cause(Optional.of("req-1"), Optional.of("ci"))),
                        new Event(
                                12,
                                Instant.parse("2026-10-02T09:05:00Z"),
                                new MachineId("p5d8w1r6t4cd"),
                                "Build_3.x",
                                "failed",
                                Optional.of(PANIC),
                                new Cause(Optional.empty(), Optional.empty())),
                        new Event(
                                13,
                                Instant.parse("2026-10-02T10:00:00Z"),
                                new MachineId("q6e9s2u7b5gh"),
                                "gone",
                                Event.DELETED,
                                Optional.empty(),
                                new Cause(Optional.of("req-9"), Optional.of("ops")))),
                List.of());
    }

    Optional<Lease> lease() {
        return since(
                5,
                Optional.of(new Lease(
                        WEB,
                        "n0nc3",
                        Optional.of("ci"),
                        Optional.of("deploy 42"),
                        Instant.parse("2026-10-01T08:00:02Z"),
                        Instant.parse("2026-10-01T09:00:02Z"))),
                Optional.empty());
    }

    /** The previous one was removed. */
    List<AuditEntry> audit() {
        return since(
                5,
                List.of(
                        new AuditEntry(
                                Instant.parse("2026-10-01T08:30:00.000001Z"),
                                Optional.of("k7h2m9q4"),
                                Optional.of("ci"),
                                "POST",
                                "/machines/{id}/start",
                                Optional.of(WEB.value()),
                                "192.0.2.7",
                                "req-1",
                                202,
                                0),
                        AuditEntry.ofOmitted(
                                Instant.parse("2026-10-01T09:00:00Z"), Optional.empty(), Optional.empty(), 41)),
                List.of());
    }
}
