package dev.hyperfleet.host.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The digest of an image is that of its content. */
class ImageFilesTest {
    private final Path folder;
    private final Path kernel;
    private final Path root;

    ImageFilesTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        kernel = Files.writeString(folder.resolve("vmlinux"), "kernel");
        root = Files.writeString(folder.resolve("root.ext4"), "root");
    }

    @Test
    void filesOfTheSameContentAreTheSameImage() throws IOException {
        Path copy = Files.copy(root, folder.resolve("copy.ext4"));
        assertThat(digest(copy)).isEqualTo(digest(root)).matches("sha256:[0-9a-f]{64}");
    }

    @Test
    void anInitramfsMakesAnotherImage() {
        assertThat(read(Optional.of(kernel), root).digest())
                .isNotEqualTo(read(Optional.empty(), root).digest());
    }

    @Test
    void aFileThatChangesIsAnotherImageAlsoAtTheSameSize() throws IOException {
        String before = digest(root);
        Files.writeString(root, "toor");
        Files.setLastModifiedTime(root, FileTime.from(Instant.EPOCH));
        assertThat(digest(root)).isNotEqualTo(before);
    }

    @Test
    void whatIsRememberedIsNotReadAgain() throws IOException {
        String before = digest(root);
        FileTime time = Files.getLastModifiedTime(root);
        Files.writeString(root, "toor"); // unnoticed: same file, same size, same time
        Files.setLastModifiedTime(root, time);
        assertThat(digest(root)).isEqualTo(before);
    }

    @Test
    void aDamagedMemoryIsMadeAnew() throws IOException {
        String before = digest(root);
        Files.writeString(folder.resolve("digests"), "{\"half");
        assertThat(digest(root)).isEqualTo(before);
        assertThat(folder.resolve("digests")).content().startsWith("{").endsWith("}");
    }

    private String digest(Path rootfs) {
        return read(Optional.empty(), rootfs).digest().orElseThrow();
    }

    private Image read(Optional<Path> initrd, Path rootfs) {
        return ImageFiles.read(kernel, "", initrd, rootfs, new FileDigests(folder.resolve("digests")));
    }
}
