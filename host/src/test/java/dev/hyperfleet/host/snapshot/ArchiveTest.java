package dev.hyperfleet.host.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.host.SnapshotArchive.Content;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.disk.Holes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives between two hosts, which have real files. */
class ArchiveTest {
    private static final int MIB = 1 << 20;
    private static final byte[] MANIFEST = "{\"format\":1}".getBytes(StandardCharsets.UTF_8);
    private static final SnapshotId SAVED = new SnapshotId("saved0000000");
    private static final SnapshotId COPY = new SnapshotId("copy00000000");
    private static final Content WHOLE = new Content(8, 64, false);
    private static final Content DISK = new Content(8, 64, true);

    @TempDir
    private Path folder;

    private SnapshotLayout here;
    private SnapshotLayout there;

    @BeforeEach
    void save() throws IOException {
        here = new SnapshotLayout(Files.createDirectory(folder.resolve("here")));
        there = new SnapshotLayout(Files.createDirectory(folder.resolve("there")));
        SnapshotLayout.Paths saved = here.of(SAVED);
        Files.createDirectory(saved.directory());
        sparse(saved.memory(), 8 * MIB, 0, 3 * MIB + 4096);
        sparse(saved.disk(), 64 * MIB, 4096, 40 * MIB);
        Files.write(saved.devices(), random(70_000));
    }

    private static void sparse(Path path, long size, long... pieces) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
            for (long offset : pieces) {
                file.seek(offset);
                file.write(random(2 * MIB + 100));
            }
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static LocalSnapshots host(SnapshotLayout layout, String key) {
        MachineLayout machines = MachineLayout.in(layout.snapshots(), layout.snapshots());
        return new LocalSnapshots(layout, machines, key.getBytes(StandardCharsets.UTF_8), MonotonicClock.SYSTEM);
    }

    private byte[] archive() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        host(here, "shared").writeArchive(SAVED, true, MANIFEST, archive);
        return archive.toByteArray();
    }

    private void receive(LocalSnapshots host, byte[] archive, Content content) {
        host.openArchive(new ByteArrayInputStream(archive)).receive(COPY, content, _ -> {});
    }

    private void assertRefused(byte[] archive, Content content, String reason) {
        assertThatThrownBy(() -> receive(host(there, "shared"), archive, content))
                .isInstanceOfSatisfying(HyperfleetException.class, refused -> {
                    assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
                    assertThat(refused.getMessage()).contains(reason);
                });
        assertThat(there.snapshots()).isEmptyDirectory();
    }

    @Test
    void theFilesArriveAsTheyWereWithTheirHoles() throws IOException {
        byte[] archive = archive();
        LocalSnapshots host = host(there, "shared");
        assertThat(host.openArchive(new ByteArrayInputStream(archive)).manifest())
                .isEqualTo(MANIFEST);
        receive(host, archive, WHOLE);
        var _ = host.settle(COPY);
        SnapshotLayout.Paths saved = here.of(SAVED);
        SnapshotLayout.Paths copy = there.of(COPY);
        assertThat(copy.devices()).hasSameBinaryContentAs(saved.devices());
        assertThat(copy.memory()).hasSameBinaryContentAs(saved.memory());
        assertThat(copy.disk()).hasSameBinaryContentAs(saved.disk());
        assertThat(Holes.used(copy.disk())).isEqualTo(Holes.used(saved.disk()));
        assertThat(Files.getPosixFilePermissions(copy.memory()))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(archive).hasSizeLessThan(9 * MIB).isEqualTo(archive());
    }

    @Test
    void memoryIsTrustedOnlyIfAHostWithTheSameKeySavedIt() throws IOException {
        LocalSnapshots other = host(there, "another");
        byte[] archive = archive();
        assertThatThrownBy(() -> receive(other, archive, WHOLE))
                .isInstanceOf(HyperfleetException.class)
                .hasMessageContaining("HYPERFLEET_ARCHIVE_KEY");
        assertThat(there.snapshots()).isEmptyDirectory();
        receive(other, archive, DISK);
        var _ = other.settle(COPY);
        assertThat(there.of(COPY).disk()).hasSameBinaryContentAs(here.of(SAVED).disk());
        assertThat(there.of(COPY).memory()).doesNotExist();
    }

    @Test
    void anArchiveThatIsCutOffAddsNothing() throws IOException {
        byte[] archive = archive();
        for (int length : new int[] {0, 10, 1000, archive.length / 2, archive.length - 500}) {
            assertRefused(Arrays.copyOf(archive, length), WHOLE, "The archive is damaged");
        }
    }

    @Test
    void aChangedByteIsFound() throws IOException {
        byte[] archive = archive();
        for (int place : new int[] {60, 400, archive.length / 3, archive.length / 2}) {
            byte[] changed = archive.clone();
            changed[place] ^= 1;
            assertRefused(changed, WHOLE, "The archive is damaged");
        }
    }

    @Test
    void aFileThatWasReplacedIsFoundByItsDigest() throws IOException {
        assertRefused(replacing(archive(), "disk", ranges(64 * MIB, 0, 5)), DISK, "do not have the digests");
        assertRefused(replacing(archive(), "manifest.json", MANIFEST.clone()), new Content(8, 63, false), "'disk' has");
        byte[] other = "{\"format\":1,\"vcpu_count\":32}".getBytes(StandardCharsets.UTF_8);
        assertRefused(replacing(archive(), "manifest.json", other), WHOLE, "do not have the digests");
    }

    @Test
    void rangesStayInTheirFile() throws IOException {
        String disorder = "a range that is out of order";
        assertRefused(replacing(archive(), "disk", ranges(64 * MIB, -1, 5)), DISK, disorder);
        assertRefused(replacing(archive(), "disk", ranges(64 * MIB, 64 * MIB - 4, 5)), DISK, disorder);
        assertRefused(replacing(archive(), "disk", ranges(64 * MIB, Long.MAX_VALUE, 5)), DISK, disorder);
        assertRefused(replacing(archive(), "disk", ranges(64 * MIB, 8, 5, 12, 5)), DISK, disorder);
        assertRefused(replacing(archive(), "disk", ranges(64 * MIB, 0, -5)), DISK, disorder);
        assertRefused(replacing(archive(), "disk", ranges(64 * MIB, 0, MIB + 1)), DISK, disorder);
        assertRefused(replacing(archive(), "disk", ranges(1L << 60, 0, 5)), DISK, "which its manifest does not allow");
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        assertRefused(replacing(archive(), "SIGNATURE", new byte[5000]), DISK, "'SIGNATURE' is too long");
        assertRefused(archive(), new Content(0, 64, false), "it has no 'disk' where one is expected");
    }

    @Test
    void whatIsKeptIsCountedWhileItArrivesAndMayBeRefused() throws IOException {
        byte[] archive = archive();
        List<Long> counts = new ArrayList<>();
        HyperfleetException full = new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "the disk is full");
        assertThatThrownBy(() -> host(there, "shared")
                        .openArchive(new ByteArrayInputStream(archive))
                        .receive(COPY, WHOLE, kept -> {
                            counts.add(kept);
                            if (kept > 5 * MIB) {
                                throw full;
                            }
                        }))
                .isEqualTo(full);
        assertThat(counts).hasSizeGreaterThan(3).isSorted();
        assertThat(there.snapshots()).isEmptyDirectory();
    }

    @Test
    void zerosTakeNoSpace() throws IOException {
        byte[] zeros = ranges(64 * MIB, 0, MIB, MIB, MIB, 2 * MIB, MIB);
        List<Long> counts = new ArrayList<>();
        assertThatThrownBy(() -> host(there, "shared")
                        .openArchive(new ByteArrayInputStream(replacing(archive(), "disk", zeros)))
                        .receive(COPY, DISK, counts::add))
                .hasMessageContaining("do not have the digests");
        assertThat(counts).isEmpty();
    }

    /** The same archive with another content of this entry. */
    private static byte[] replacing(byte[] archive, String name, byte[] content) throws IOException {
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        List<String> names = new ArrayList<>();
        try (ZipInputStream from = new ZipInputStream(new ByteArrayInputStream(archive));
                ZipOutputStream to = new ZipOutputStream(changed)) {
            for (ZipEntry entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
                names.add(entry.getName());
                to.putNextEntry(new ZipEntry(entry.getName()));
                to.write(entry.getName().equals(name) ? content : from.readAllBytes());
            }
        }
        assertThat(names).contains(name);
        return changed.toByteArray();
    }

    /** A file of this size, with ranges: pairs of an offset and a length. */
    private static byte[] ranges(long size, long... pairs) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream file = new DataOutputStream(bytes);
        file.writeLong(size);
        for (int i = 0; i < pairs.length; i += 2) {
            file.writeLong(pairs[i]);
            file.writeInt((int) pairs[i + 1]);
            file.write(new byte[(int) Math.max(0, pairs[i + 1])]);
        }
        file.writeLong(size);
        file.writeInt(0);
        return bytes.toByteArray();
    }
}
