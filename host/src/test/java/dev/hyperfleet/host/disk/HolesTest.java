package dev.hyperfleet.host.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HolesTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;

    @Test
    void zerosTakeNoSpaceAndTheContentStays() throws IOException {
        byte[] content = new byte[3 * MIB + 100];
        Arrays.fill(content, MIB - 10, MIB + 10, (byte) 1);
        content[content.length - 1] = 2;
        Path file = Files.write(folder.resolve("file"), content);
        assertThat(Holes.used(file)).isEqualTo(content.length);
        Holes.dig(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(Holes.used(file)).isLessThan(64 << 10);
    }

    @Test
    void aFileWithoutZerosIsLeftAlone() throws IOException {
        byte[] content = new byte[MIB];
        Arrays.fill(content, (byte) 7);
        Path file = Files.write(folder.resolve("file"), content);
        Holes.dig(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(Holes.used(file)).isEqualTo(MIB);
    }

    @Test
    void anEmptyFileHasNone() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Holes.dig(file);
        assertThat(file).isEmptyFile();
    }
}
