package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFileTest {
    @TempDir
    Path folder;

    @Test
    void aFileIsReplacedForItsOwnerAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "before");
        Files.writeString(folder.resolve("file.new"), "left by a crash");
        PrivateFile.write(file, new byte[] {'x'});
        assertThat(file).hasContent("x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aFailureLeavesNoFileWithAKey() throws IOException {
        Path file = folder.resolve("file");
        Files.createDirectories(file.resolve("is a folder"));
        assertThatThrownBy(() -> PrivateFile.write(file, new byte[] {'x'})).isInstanceOf(IOException.class);
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
    }
}
