package dev.hyperfleet.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineFiles;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MachineLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostDisksTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final MachineId OTHER = new MachineId("bbcdefghijkl");
    private static final long SIZE = 1L << 30;

    private final Path emptyDisk;
    private final MachineLayout layout;
    private final MachineFiles files;
    private final HostDisks disks;

    HostDisksTest(@TempDir Path folder) {
        emptyDisk = folder.resolve("empty.ext4");
        layout = new MachineLayout(folder.resolve("machines"), folder.resolve("sockets"));
        files = layout.of(ID);
        disks = new HostDisks(layout, emptyDisk, new Shim(Path.of("/bin/false")));
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
        disks.prepare(ID);
        assertThat(Files.size(files.disk())).isEqualTo(SIZE);
        try (SeekableByteChannel channel = Files.newByteChannel(files.disk())) {
            ByteBuffer middle = ByteBuffer.allocate(3);
            channel.position(SIZE / 2).read(middle);
            assertThat(middle.array()).containsExactly(1, 2, 3);
        }
        String blocks = Program.run(List.of("stat", "--format=%b", files.disk().toString()), Duration.ofSeconds(20))
                .output();
        assertThat(Long.parseLong(blocks.strip()) * 512).isLessThan(1 << 20);
        assertThat(files.directory().toFile().list()).containsExactly("disk.ext4");
    }

    @Test
    void aMachinesFoldersAreItsOwnersAlone() throws IOException {
        disks.prepare(ID);
        for (Path folder : List.of(files.directory(), files.socketDirectory())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void aDiskThatIsThereIsKept() throws IOException {
        disks.prepare(ID);
        Files.writeString(files.disk(), "precious");
        disks.prepare(ID);
        assertThat(files.disk()).hasContent("precious");
    }

    @Test
    void aCopyThatFailedIsNoDisk() throws IOException {
        Files.delete(emptyDisk);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> disks.prepare(ID))
                .withMessageContaining("Cannot make the disk " + files.disk());
        assertThat(files.disk()).doesNotExist();
    }

    @Test
    void whatAnInterruptedCopyHasLeftIsReplaced() throws IOException {
        Folders.create(files.directory());
        Path unfinished = Files.writeString(Path.of(files.disk() + ".new"), "half a disk");
        disks.prepare(ID);
        assertThat(Files.size(files.disk())).isEqualTo(SIZE);
        assertThat(unfinished).doesNotExist();
    }

    @Test
    void theRuntimeGoesAndTheDiskStays() {
        disks.prepare(ID);
        disks.removeRuntime(ID);
        disks.removeRuntime(ID); // nothing to remove is no error
        assertThat(files.socketDirectory()).doesNotExist();
        assertThat(files.disk()).exists();
        assertThat(disks.list()).containsExactly(ID);
    }

    @Test
    void aMachineIsListedUntilNothingOfItIsLeft() throws IOException {
        assertThat(disks.list()).isEmpty();
        disks.prepare(ID);
        disks.prepare(OTHER);
        Folders.remove(layout.of(OTHER).directory()); // its sockets alone are left
        assertThat(disks.list()).isEqualTo(Set.of(ID, OTHER));
        disks.remove(ID);
        disks.remove(ID); // nothing to remove is no error
        disks.remove(OTHER);
        assertThat(disks.list()).isEmpty();
    }
}
