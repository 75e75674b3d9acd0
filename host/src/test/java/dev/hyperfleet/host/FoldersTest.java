package dev.hyperfleet.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
    private final Path folder;

    FoldersTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void aFolderIsMadeForItsOwnerAloneAndItsParentsToo() throws IOException {
        Path deep = folder.resolve("a/b/c");
        Folders.create(deep);
        Folders.create(deep); // it is there already
        for (String each : new String[] {"a", "a/b", "a/b/c"}) {
            assertThat(mode(folder.resolve(each))).isEqualTo("rwx------");
        }
    }

    @Test
    void aFolderThatIsClaimedIsOursAlone() throws IOException {
        Path ours = folder.resolve("ours");
        Folders.claim(ours);
        Folders.claim(ours); // we may claim it again
        assertThat(mode(ours)).isEqualTo("rwx------");
    }

    @Test
    void aFolderThatOthersCanEnterIsRefusedAndLeftAsItIs() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        for (String mode : new String[] {"rwxrwxrwx", "rwxr-xr-x", "rwx--x---"}) {
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));
            refused(open);
            assertThat(mode(open)).isEqualTo(mode);
        }
    }

    /** A user who can write to /tmp could redirect us anywhere. */
    @Test
    void aLinkIsRefusedAlsoOneToAFolderOfOurs() throws IOException {
        Path ours = folder.resolve("ours");
        Folders.claim(ours);
        refused(Files.createSymbolicLink(folder.resolve("link"), ours));
        refused(Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none")));
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void aFolderOfAnotherUserIsRefused() throws IOException {
        Path theirs = Files.createDirectory(
                folder.resolve("theirs"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        give(theirs);
        refused(theirs);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Folders.createHome(theirs))
                .withMessage(
                        "%s belongs to user 65534, but the server runs as user 0. Run it as the owner, or set "
                                + "HYPERFLEET_HOME"
                                + " to another folder.",
                        theirs);
    }

    @Test
    void aFolderThatOthersCouldExchangeIsRefused() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        for (String mode : new String[] {"rwxrwxrwx", "rwxrwxr-x"}) {
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(() -> Folders.claim(open.resolve("ours")))
                    .withMessageStartingWith("Other users can replace what is in " + open);
        }
        Files.setAttribute(open, "unix:mode", 01777); // as /tmp
        Folders.claim(open.resolve("ours"));
        give(open);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Folders.claim(open.resolve("ours")))
                .withMessageStartingWith("Other users can replace what is in " + open);
    }

    @Test
    void aHomeThatOthersCanEnterIsRefusedWithWhatClosesIt() throws IOException {
        Path home = folder.resolve("home");
        Folders.createHome(home);
        assertThat(mode(home)).isEqualTo("rwx------");
        for (String mode : new String[] {"rwxr-xr-x", "rwx--x---", "rwx-----x", "rwx---r--"}) {
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString(mode));
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(() -> Folders.createHome(home))
                    .withMessage("%s is open to other users (%s). Close it with: chmod 700 %s", home, mode, home);
        }
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        Folders.createHome(Files.createSymbolicLink(folder.resolve("link"), home)); // set by the user
    }

    @Test
    void nobodyIsToldToCloseAFolderOfOthers() throws IOException {
        Path shared = Files.createDirectory(folder.resolve("tmp"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.createFile(shared.resolve("a-file-of-another-program"));
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Folders.createHome(shared))
                .withMessageContaining("set HYPERFLEET_HOME to a separate folder")
                .withMessageNotContaining("chmod");
        Files.createFile(shared.resolve("hyperfleet.db"));
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Folders.createHome(shared))
                .withMessageContaining("chmod 700");
    }

    /** Gives it to another user, which requires root. */
    private static void give(Path path) throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can give a folder to another user");
        Files.setAttribute(path, "unix:uid", 65534);
    }

    @Test
    void aFileIsRefused() throws IOException {
        Path file = Files.createFile(
                folder.resolve("file"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        refused(file);
    }

    @Test
    void aFolderIsRemovedWithAllInItAndNoLinkIsFollowed() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Path precious = Files.writeString(outside.resolve("precious"), "precious");
        Path doomed = folder.resolve("doomed");
        Folders.create(doomed.resolve("a/b"));
        Files.writeString(doomed.resolve("a/b/file"), "x");
        Files.createSymbolicLink(doomed.resolve("a/folder"), outside);
        Files.createSymbolicLink(doomed.resolve("a/file"), precious);
        Files.createSymbolicLink(doomed.resolve("a/dangling"), folder.resolve("none"));
        Folders.remove(doomed);
        assertThat(doomed).doesNotExist();
        assertThat(precious).hasContent("precious");
    }

    @Test
    void aLinkInTheFoldersPlaceIsRemovedAndNotWhatItPointsTo() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Path precious = Files.writeString(outside.resolve("precious"), "precious");
        Path link = Files.createSymbolicLink(folder.resolve("link"), outside);
        Folders.remove(link);
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(precious).hasContent("precious");
    }

    @Test
    void toRemoveWhatIsNotThereIsNoError() {
        assertThatCode(() -> Folders.remove(folder.resolve("none"))).doesNotThrowAnyException();
    }

    @Test
    void machinesAreTheEntriesThatAreCalledLikeOne() throws IOException {
        for (String name : new String[] {"abcdefghijkl", "m00000000001", "lost+found", "ABCDEFGHIJKL", "short"}) {
            Files.createDirectory(folder.resolve(name));
        }
        assertThat(Folders.machines(folder))
                .containsExactlyInAnyOrder(new MachineId("abcdefghijkl"), new MachineId("m00000000001"));
        assertThat(Folders.machines(folder.resolve("none"))).isEmpty();
    }

    private static void refused(Path path) {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Folders.claim(path))
                .withMessageStartingWith(path + " is not a private folder of the server's user")
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL_ERROR));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
