package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderPackerTest {
    private final List<String> warnings = new ArrayList<>();

    @TempDir
    Path folder;

    private byte[] pack(Path from) throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        FolderPacker.pack(from, archive, new LeftOut(warnings::add));
        return archive.toByteArray();
    }

    @Test
    void aFolderIsPackedWithWhatIsInIt() throws IOException {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        String deep = "d".repeat(90) + "/" + "é".repeat(90);
        Files.createDirectories(tree.resolve(deep));
        Files.writeString(tree.resolve(deep).resolve("leaf"), "leaf");
        Path program = Files.writeString(tree.resolve("program"), "x".repeat(1000));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-x--x"));
        Files.setLastModifiedTime(program, FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("/anywhere/" + "long".repeat(40)));
        Map<String, TarEntry> entries = new TreeMap<>();
        Map<String, String> contents = new TreeMap<>();
        TarReader reader = new TarReader(new ByteArrayInputStream(pack(tree)));
        for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            reader.copyContent(content);
            entries.put(next.get().name(), next.get());
            contents.put(next.get().name(), content.toString(StandardCharsets.UTF_8));
        }
        assertThat(entries.keySet())
                .containsExactlyInAnyOrder("./", "d".repeat(90) + "/", deep + "/", deep + "/leaf", "program", "link");
        assertThat(contents.get(deep + "/leaf")).isEqualTo("leaf");
        assertThat(contents.get("program")).hasSize(1000);
        assertThat(Objects.requireNonNull(entries.get("program")).mode()).isEqualTo(0751);
        assertThat(Objects.requireNonNull(entries.get("program")).modified()).hasToString("2001-02-03T04:05:06Z");
        assertThat(Objects.requireNonNull(entries.get("link")).linkTarget())
                .isEqualTo("/anywhere/" + "long".repeat(40));
        assertThat(warnings).isEmpty();
    }

    @Test
    void whatIsNoFileFolderOrLinkIsLeftOutAndNamed() throws Exception {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        assertThat(new ProcessBuilder("mkfifo", tree.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        var _ = pack(tree);
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("tree/pipe' was skipped: it is not a file, folder or link");
    }

    @Test
    void aFileThatShrinksMeanwhileIsFilledUp() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(archive);
        TarEntry entry =
                new TarEntry("f", TarEntry.Kind.FILE, 0644, 1000, "", FileTime.from(Instant.EPOCH.minusSeconds(1)));
        writer.add(entry, new ByteArrayInputStream(new byte[] {1}));
        writer.finish();
        TarReader reader = new TarReader(new ByteArrayInputStream(archive.toByteArray()));
        assertThat(reader.next().orElseThrow().size()).isEqualTo(1000);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        reader.copyContent(content);
        assertThat(content.toByteArray()).startsWith(1, 0).hasSize(1000);
        assertThat(reader.next()).isEmpty();
    }

    @Test
    void aFileOfManyGibibytesSaysItsSize() throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        long size = 20L << 30;
        new TarWriter(archive).add(new TarEntry("f", TarEntry.Kind.FILE, 0644, size, "", FileTime.from(Instant.EPOCH)));
        assertThat(new TarReader(new ByteArrayInputStream(archive.toByteArray()))
                        .next()
                        .orElseThrow()
                        .size())
                .isEqualTo(size);
    }
}
