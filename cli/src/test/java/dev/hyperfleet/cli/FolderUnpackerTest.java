package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives from a guest that would harm the host. */
class FolderUnpackerTest {
    private final Path outside;
    private final Path root;
    private final List<String> warnings = new ArrayList<>();

    FolderUnpackerTest(@TempDir Path folder) throws IOException {
        outside = Files.createDirectory(folder.resolve("outside"));
        root = folder.resolve("out");
    }

    private void unpack(InputStream archive) throws IOException {
        LeftOut leftOut = new LeftOut(warnings::add);
        new FolderUnpacker(root, leftOut).unpack(archive);
    }

    private String refusal(InputStream archive) {
        List<String> said = new ArrayList<>();
        assertThatExceptionOfType(CliException.class)
                .isThrownBy(() -> unpack(archive))
                .satisfies(failure -> said.add(String.valueOf(failure.getMessage())));
        return said.getFirst();
    }

    private String permissions(String name) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(name)));
    }

    private static int mode(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    }

    @Test
    void filesFoldersAndLinksComeAsTheyWere() throws IOException {
        unpack(new TarBytes()
                .folder("./", 0700)
                .folder("sub/", 0755)
                .file("sub/program", 0755, "#!/bin/sh")
                .file("sub/secret", 0600, "secret")
                .link('2', "sub/link", "../sub/secret")
                .link('1', "hard", "sub/secret")
                .file("made/on/the/way", 0644, "x")
                .end());
        assertThat(warnings).isEmpty();
        assertThat(root.resolve("sub/program")).hasContent("#!/bin/sh");
        assertThat(permissions("sub/program")).isEqualTo("rwxr-xr-x");
        assertThat(permissions("sub/secret")).isEqualTo("rw-------");
        assertThat(permissions("")).isEqualTo("rwx------");
        assertThat(permissions("made/on")).isEqualTo("rwxr-xr-x");
        assertThat(root.resolve("sub/link")).hasContent("secret");
        assertThat(root.resolve("hard")).hasContent("secret");
        assertThat(Files.getLastModifiedTime(root.resolve("sub")).toString()).startsWith("2001-");
    }

    @Test
    void nothingIsSetuidAndNobodyElseMayWrite() throws IOException {
        unpack(new TarBytes()
                .folder("./", 07777)
                .folder("open", 07777)
                .file("open/shell", 04777, "x")
                .file("group", 02775, "x")
                .end());
        assertThat(mode(root)).isEqualTo(0755);
        assertThat(mode(root.resolve("open"))).isEqualTo(0755);
        assertThat(mode(root.resolve("open/shell"))).isEqualTo(0755);
        assertThat(mode(root.resolve("group"))).isEqualTo(0755);
    }

    @Test
    void devicesPipesAndUnknownThingsAreLeftOutAndNamed() throws IOException {
        TarBytes archive = new TarBytes()
                .link('4', "disk", "")
                .link('3', "zero", "")
                .link('6', "pipe", "")
                .header("what", 'Z', 0644, "00000000000\0", "")
                .file("file", 0644, "x");
        unpack(archive.end());
        assertThat(warnings)
                .containsExactly(
                        "'disk' was skipped: it is a block device.",
                        "'zero' was skipped: it is a character device.",
                        "'pipe' was skipped: it is a named pipe.",
                        "'what' was skipped: it is an entry of an unknown kind.");
        try (var names = Files.list(root)) {
            assertThat(names).containsExactly(root.resolve("file"));
        }
    }

    @Test
    void manyThingsThatAreLeftOutAreCounted() throws IOException {
        LeftOut leftOut = new LeftOut(warnings::add);
        TarBytes archive = new TarBytes();
        for (int i = 0; i < 1000; i++) {
            archive.link('6', "pipe" + i, "");
        }
        new FolderUnpacker(root, leftOut).unpack(archive.end());
        assertThatExceptionOfType(CliException.class).isThrownBy(leftOut::throwIfAny);
        assertThat(warnings).hasSize(21);
        assertThat(warnings.getLast()).isEqualTo("980 more were skipped.");
    }

    @Test
    void linksThatLeadOutAreLeftOut() throws IOException {
        unpack(new TarBytes()
                .folder("a/b/c", 0755)
                .link('2', "absolute", outside.toString())
                .link('2', "up", "../outside")
                .link('2', "a/b/c/deep", "../../../../outside")
                .link('2', "a/b/c/top", "../../..")
                .link('2', "by-another", "a/b/c/top/../../outside")
                .link('2', "empty", "")
                .end());
        assertThat(warnings)
                .hasSize(5)
                .first()
                .asString()
                .isEqualTo("'absolute' was skipped: it is a link that leads out of the folder, to '%s'."
                        .formatted(outside));
        assertThat(root.resolve("a/b/c/top").toRealPath()).isEqualTo(root.toRealPath());
        assertThat(root.resolve("by-another")).doesNotExist();
    }

    @Test
    void namesThatLeadOutAreRefused() {
        for (String name : List.of("../escaped", "a/../../escaped", outside + "/escaped")) {
            assertThat(refusal(new TarBytes().file(name, 0644, "evil").end()))
                    .contains("leads out of the folder", name);
            assertThat(refusal(new TarBytes()
                            .pax("path", name)
                            .file("good", 0644, "evil")
                            .end()))
                    .contains("leads out of the folder", name);
            assertThat(refusal(new TarBytes().link('1', "hard", name).end())).contains("leads out of the folder");
        }
        assertThat(refusal(new TarBytes()
                        .pax("path", "x/".repeat(3000))
                        .file("f", 0644, "")
                        .end()))
                .contains("more than 4096 characters");
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void noLinkOfTheArchiveIsWrittenThrough() {
        assertThat(refusal(new TarBytes()
                        .folder("real", 0755)
                        .link('2', "door", "real")
                        .file("door/file", 0644, "evil")
                        .end()))
                .contains("out/door' is in the way", "a link");
        assertThat(root.resolve("real")).isEmptyDirectory();
    }

    @Test
    void noLinkThatWasThereIsWrittenThrough() throws IOException {
        Files.createDirectory(root);
        Files.createSymbolicLink(root.resolve("door"), outside);
        Path precious = Files.writeString(outside.resolve("precious"), "precious");
        Files.createSymbolicLink(root.resolve("file"), precious);
        assertThat(refusal(new TarBytes().file("door/file", 0644, "evil").end()))
                .contains("is in the way");
        assertThat(refusal(new TarBytes().folder("door", 0777).end())).contains("is in the way");
        unpack(new TarBytes()
                .link('1', "stolen", "file")
                .link('1', "stolen2", "door/precious")
                .file("file", 0777, "mine")
                .end());
        assertThat(precious).hasContent("precious");
        assertThat(root.resolve("file")).hasContent("mine").isRegularFile();
        assertThat(Files.isSymbolicLink(root.resolve("file"))).isFalse();
        assertThat(warnings)
                .hasSize(2)
                .allSatisfy(warning -> assertThat(warning).contains("hard link"));
        assertThat(mode(precious)).isNotEqualTo(0777);
    }

    @Test
    void aFolderIsNeverReplacedAndAFileIs() throws IOException {
        Files.createDirectories(root.resolve("folder"));
        Files.writeString(root.resolve("file"), "old");
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwx---"));
        assertThat(refusal(new TarBytes().file("folder", 0644, "x").end())).contains("a folder");
        assertThat(refusal(new TarBytes().link('2', "folder", "file").end())).contains("a folder");
        assertThat(refusal(new TarBytes().folder("file", 0755).end())).contains("not a folder");
        unpack(new TarBytes().folder("./", 0700).file("file", 0644, "new").end());
        assertThat(root.resolve("file")).hasContent("new");
        assertThat(permissions("")).isEqualTo("rwxrwx---"); // it existed before
    }

    @Test
    void aNameThatIsNotUtf8IsLeftOut() throws IOException {
        unpack(new TarBytes()
                .header("caf\u00e9", '0', 0644, "00000000000\0", "")
                .file("file", 0644, "x")
                .end());
        assertThat(warnings).singleElement().asString().contains("its name is not UTF-8");
        assertThat(root.resolve("file")).exists();
    }
}
