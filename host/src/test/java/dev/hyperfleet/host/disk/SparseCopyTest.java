package dev.hyperfleet.host.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.host.Program;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseCopyTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int MIB = 1 << 20;

    private final SparseCopy copy = new SparseCopy(MonotonicClock.SYSTEM);
    private final Path folder;
    private final Path source;
    private final Path target;

    SparseCopyTest(@TempDir Path folder) {
        this.folder = folder;
        source = folder.resolve("source");
        target = folder.resolve("target");
    }

    /** Blocks of data at random places, at the very beginning and end or not. */
    @Test
    void aCopyIsTheSameAndItsHolesTakeNoRoom() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 20; round++) {
            long size = random.nextLong(64L * MIB) + 1;
            try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
                file.setLength(0);
                file.setLength(size);
                for (int piece = random.nextInt(5); piece > 0; piece--) {
                    byte[] content = new byte[(int) Math.min(size, random.nextInt(6 * MIB) + 1)];
                    random.nextBytes(content);
                    file.seek(random.nextLong(size - content.length + 1));
                    file.write(content);
                }
            }
            var _ = copy.copy(source, target, LONG);
            assertThat(Files.mismatch(source, target)).as("round %d", round).isEqualTo(-1);
            assertThat(allocated(target)).isLessThanOrEqualTo(allocated(source) + 16 * 4096);
            Files.delete(target);
        }
    }

    @Test
    void anEmptyFileAndOneThatIsAllHoleAreCopied() throws Exception {
        for (long size : new long[] {0, 16L << 30}) {
            try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
                file.setLength(size);
            }
            var _ = copy.copy(source, target, LONG);
            assertThat(target).hasSize(size);
            assertThat(allocated(target)).isZero();
            Files.delete(target);
        }
    }

    /** Some file systems do not report holes: all of such a file is data, most of it zeros. */
    @Test
    void whatIsAllZeroIsAHoleInTheCopy() throws Exception {
        Files.write(source, new byte[8 * MIB]);
        var _ = copy.copy(source, target, LONG);
        assertThat(target).hasSize(8L * MIB);
        assertThat(allocated(source)).isPositive();
        assertThat(allocated(target)).isZero();
    }

    @Test
    void aCopyIsItsOwnersAloneWhateverTheSourceIs() throws Exception {
        Files.writeString(source, "content");
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("r--r--r--"));
        var _ = copy.copy(source, target, LONG);
        assertThat(target).hasContent("content");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-------");
    }

    @Test
    void afterAFailureThereIsNeitherACopyNorAPartOfOne() throws IOException {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> copy.copy(source, target, LONG))
                .withMessage(source.toString());
        assertThat(folder).isEmptyDirectory();
        Files.write(source, new byte[MIB]);
        SparseCopy slow = new SparseCopy(new SlowClock(Duration.ofSeconds(2)));
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> slow.copy(source, target, Duration.ofSeconds(1)));
        assertThat(folder.toFile().list()).containsExactly("source");
    }

    private static long allocated(Path file) {
        String blocks = Program.run(List.of("stat", "--format=%b", file.toString()), Duration.ofSeconds(20))
                .output();
        return Long.parseLong(blocks.strip()) * 512;
    }
}
