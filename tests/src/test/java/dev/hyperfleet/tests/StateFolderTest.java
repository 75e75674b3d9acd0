package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attacks by other users of the host, who can write to /tmp. */
class StateFolderTest {
    private static final int ANOTHER_USER = 65534;

    private final Path folder;
    private final Path state;

    StateFolderTest(@TempDir Path folder) {
        this.folder = folder;
        this.state = folder.resolve("state");
    }

    @Test
    void theStateIsItsOwnersAloneAndNothingElseIsServed() throws IOException {
        assertThat(Cli.run(state, "keys", "create", "a").exitCode()).isZero();
        assertThat(mode(state)).isEqualTo("rwx------");
        for (String mode : List.of("rwxr-xr-x", "rwx--x---")) {
            Files.setPosixFilePermissions(state, PosixFilePermissions.fromString(mode));
            String refusal = "hyperfleet: %s is open to other users (%s). Close it with: chmod 700 %s"
                    .formatted(state, mode, state);
            for (List<String> command : List.of(List.of("serve"), List.of("keys", "list"))) {
                assertThat(Cli.run(state, command.toArray(String[]::new))).isEqualTo(new Cli.Result(1, refusal));
            }
            assertThat(Cli.run(state, "doctor").output()).contains("is open to other users (" + mode + ")");
        }
    }

    @Test
    void theStateOfAnotherUserIsRefused() throws IOException {
        Files.createDirectory(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        give(state);
        Cli.Result refused = Cli.run(state, "serve");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output())
                .isEqualTo(("hyperfleet: %s belongs to user %d, but the server runs as user 0. Run it as the owner, "
                                        + "or set HYPERFLEET_HOME")
                                .formatted(state, ANOTHER_USER)
                        + " to another folder.");
        assertThat(state).isEmptyDirectory();
    }

    /** The name of the folder for sockets is not secret: any user who has seen it can take it while no server runs. */
    @Test
    void whatSquatsInThePlaceOfTheSocketsIsRefusedAndNotTouched() throws IOException {
        Path shared = Files.createDirectory(folder.resolve("tmp"));
        Files.setAttribute(shared, "unix:mode", 01777);
        Map<String, String> settings = Map.of("HYPERFLEET_SOCKET_DIR", shared.toString());
        ServerProcess.start(state, settings).terminate();
        Path sockets;
        try (Stream<Path> made = Files.list(shared)) {
            sockets = made.toList().getFirst();
        }
        assertThat(mode(sockets)).isEqualTo("rwx------");

        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.delete(sockets);
        Files.createSymbolicLink(sockets, elsewhere);
        assertSquatted(settings, sockets);
        assertThat(elsewhere).isEmptyDirectory();

        Files.delete(sockets);
        Files.createDirectory(sockets);
        assertSquatted(settings, sockets);

        Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwx------"));
        give(sockets);
        Path trap = Files.createDirectory(sockets.resolve("abcdefghijkl")).resolve("shim.sock");
        Files.writeString(trap, "as if it were a machine's");
        assertSquatted(settings, sockets);
        assertThat(trap).hasContent("as if it were a machine's");
    }

    @Test
    void aFolderWhoseContentOthersCanExchangeIsNoPlaceForSockets() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Cli.Result refused = Cli.run(state, Map.of("HYPERFLEET_SOCKET_DIR", open.toString()), "serve");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).startsWith("hyperfleet: Other users can replace what is in " + open);
    }

    private void assertSquatted(Map<String, String> settings, Path sockets) {
        assertThat(Cli.run(state, settings, "serve"))
                .isEqualTo(new Cli.Result(
                        1,
                        ("hyperfleet: %s is not a private folder of the server's user (mode 0700). Remove it, or "
                                        + "set HYPERFLEET_SOCKET_DIR to another folder.")
                                .formatted(sockets)));
    }

    /** Gives it to another user, which requires root. */
    private static void give(Path path) throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can give a folder to another user");
        Files.setAttribute(path, "unix:uid", ANOTHER_USER);
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
