package dev.hyperfleet.host.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.Plans;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.shim.Shim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostDisksTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final MachineId OTHER = new MachineId("bbcdefghijkl");
    private static final long SIZE = 1L << 30;
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Path emptyDisk;
    private final MachineLayout layout;
    private final SnapshotLayout snapshots;
    private final MachineFiles files;
    private final HostDisks disks;
    private static final LaunchPlan PLAN = Plans.boot(ID);

    private final List<DiskSpace.Reading> crossings = new ArrayList<>();

    HostDisksTest(@TempDir Path folder) {
        emptyDisk = folder.resolve("empty.ext4");
        layout = new MachineLayout(folder.resolve("machines"), folder.resolve("sockets"));
        snapshots = new SnapshotLayout(folder.resolve("snapshots"));
        files = layout.of(ID);
        disks = new HostDisks(
                layout, snapshots, emptyDisk, new Shim(Path.of("/bin/false")), space(0), MonotonicClock.SYSTEM);
    }

    private DiskSpace space(long minimum) {
        return new DiskSpace(
                List.of(new DiskSpace.Place("machines", emptyDisk.resolveSibling(""))), minimum, crossings::add);
    }

    @BeforeEach
    void makeAnEmptyDiskWithSomethingInTheMiddle() throws IOException {
        Folders.claim(layout.sockets());
        try (SeekableByteChannel channel =
                Files.newByteChannel(emptyDisk, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.position(SIZE / 2).write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            channel.position(SIZE - 1).write(ByteBuffer.wrap(new byte[] {4}));
        }
    }

    @Test
    void aDiskIsACopyWhoseHolesTakeNoRoom() throws IOException {
        disks.prepare(PLAN, LONG);
        assertThat(Files.size(files.emptyDisk())).isEqualTo(SIZE);
        try (SeekableByteChannel channel = Files.newByteChannel(files.emptyDisk())) {
            ByteBuffer middle = ByteBuffer.allocate(3);
            channel.position(SIZE / 2).read(middle);
            assertThat(middle.array()).containsExactly(1, 2, 3);
        }
        String blocks = Program.run(
                        List.of("stat", "--format=%b", files.emptyDisk().toString()), Duration.ofSeconds(20))
                .output();
        assertThat(Long.parseLong(blocks.strip()) * 512).isLessThan(1 << 20);
        assertThat(files.directory().toFile().list()).containsExactly("disk.ext4");
    }

    @Test
    void aMachinesFoldersAreItsOwnersAlone() throws IOException {
        disks.prepare(PLAN, LONG);
        for (Path folder : List.of(files.directory(), files.socketDirectory())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void aDiskThatIsThereIsKept() throws IOException {
        disks.prepare(PLAN, LONG);
        Files.writeString(files.emptyDisk(), "precious");
        disks.prepare(PLAN, LONG);
        assertThat(files.emptyDisk()).hasContent("precious");
    }

    /** A start from a snapshot that failed has left a disk that no guest uses. */
    @Test
    void aSnapshotsDiskReplacesTheOneThatIsThere() throws IOException {
        SnapshotId snapshot = new SnapshotId("snapshotabcd");
        Folders.create(snapshots.of(snapshot).directory());
        Files.writeString(snapshots.of(snapshot).disk(), "saved");
        disks.prepare(PLAN, LONG);
        disks.prepare(LaunchPlan.from(new Origin.SavedMemory(snapshot), PLAN.machine()), LONG);
        assertThat(files.emptyDisk()).hasContent("saved");
        assertThat(snapshots.of(snapshot).disk()).hasContent("saved");
    }

    @Test
    void aCopyThatFailedIsNoDisk() throws IOException {
        Files.delete(emptyDisk);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> disks.prepare(PLAN, LONG))
                .withMessageContaining("Cannot create the disk " + files.emptyDisk());
        assertThat(files.emptyDisk()).doesNotExist();
    }

    @Test
    void whatAnInterruptedCopyHasLeftIsReplaced() throws IOException {
        Folders.create(files.directory());
        Path unfinished = Files.writeString(Path.of(files.emptyDisk() + ".new"), "half a disk");
        disks.prepare(PLAN, LONG);
        assertThat(Files.size(files.emptyDisk())).isEqualTo(SIZE);
        assertThat(unfinished).doesNotExist();
    }

    @Test
    void theRuntimeGoesAndTheDiskStays() {
        disks.prepare(PLAN, LONG);
        disks.removeRuntime(ID);
        disks.removeRuntime(ID); // nothing to remove is no error
        assertThat(files.socketDirectory()).doesNotExist();
        assertThat(files.emptyDisk()).exists();
        assertThat(disks.list()).containsExactly(ID);
    }

    @Test
    void aMachineIsListedUntilNothingOfItIsLeft() throws IOException {
        assertThat(disks.list()).isEmpty();
        disks.prepare(PLAN, LONG);
        disks.prepare(Plans.boot(OTHER), LONG);
        Folders.remove(layout.of(OTHER).directory()); // its sockets alone are left
        assertThat(disks.list()).isEqualTo(Set.of(ID, OTHER));
        disks.remove(ID);
        disks.remove(ID); // nothing to remove is no error
        disks.remove(OTHER);
        assertThat(disks.list()).isEmpty();
    }

    /** As recovery does, for a machine that is not deleted and may never be started again. */
    @Test
    void whatAnInterruptedCopyHasLeftGoesWithTheRuntime() throws IOException {
        Folders.create(files.directory());
        Path unfinished = Files.writeString(Path.of(files.emptyDisk() + ".new"), "half a disk");
        disks.removeRuntime(ID);
        assertThat(unfinished).doesNotExist();
    }

    /** It used to fail after 30 s, whatever the start's timeout. */
    @Test
    void aSlowCopyHasAsMuchTimeAsItsStart() {
        SlowClock slow = new SlowClock(Duration.ofSeconds(20));
        HostDisks slowDisks =
                new HostDisks(layout, snapshots, emptyDisk, new Shim(Path.of("/bin/false")), space(0), slow);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> slowDisks.prepare(PLAN, Duration.ofSeconds(15)))
                .withMessage(
                        "Cannot create the disk %s within 15 s: the host's disk is slow. HYPERFLEET_START_TIMEOUT "
                                + "sets the time for a start.",
                        files.emptyDisk());
        assertThat(files.directory()).isEmptyDirectory();
        slowDisks.prepare(PLAN, Duration.ofSeconds(60));
        assertThat(slow.passed()).isGreaterThan(Duration.ofSeconds(30));
        assertThat(files.emptyDisk()).hasSize(SIZE);
    }

    @Test
    void withTooLittleFreeSpaceNothingIsPreparedAndTheRefusalSaysWhatToDo() {
        DiskSpace low = space(Long.MAX_VALUE);
        HostDisks lowDisks = new HostDisks(
                layout, snapshots, emptyDisk, new Shim(Path.of("/bin/false")), low, MonotonicClock.SYSTEM);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> lowDisks.prepare(Plans.boot(ID), LONG))
                .withMessageMatching(
                        "The file system that holds the machines has \\d+ MiB free\\. With less than \\d+ MiB \\(HYPERFLEET_MIN_FREE_DISK_MIB\\) no machine is created or started\\. Delete machines, or free some space\\.")
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INSUFFICIENT_STORAGE));
        assertThat(files.directory()).doesNotExist();
        assertThatExceptionOfType(HyperfleetException.class).isThrownBy(lowDisks::requireRoom);
        assertThat(crossings).hasSize(1); // reported once, not at each reading
        disks.requireRoom();
    }
}
