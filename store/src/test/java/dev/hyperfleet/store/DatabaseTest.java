package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DatabaseTest {
    private final Path folder;
    private final Path file;

    DatabaseTest(@TempDir Path folder) {
        this.folder = folder;
        this.file = folder.resolve("hyperfleet.db");
    }

    @Test
    void theFileAndWhatSqlitePutsNextToItAreTheirOwnersAlone() throws IOException {
        Database database = Database.open(file);
        try (OpenStore store = OpenStore.of(database)) {
            store.machines().insert(Examples.pending(1));
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files)
                        .hasSizeGreaterThan(1)
                        .allSatisfy(
                                each -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                                        .as(each.toString())
                                        .isEqualTo("rw-------"));
            }
        }
    }

    @Test
    void aFileOfANewerVersionIsRefusedAndLeftAlone() throws SQLException {
        Database database = Database.open(file);
        int present = Database.SCHEMA_VERSION;
        execute(database, "PRAGMA user_version = " + (present + 1));
        refused("is from a newer Hyperfleet (schema %d; this one knows %d). Upgrade Hyperfleet."
                .formatted(present + 1, present));
        execute(database, "PRAGMA user_version = " + present); // the refusal holds no lock
        Database.open(file);
    }

    @Test
    void machinesOfTheFirstVersionGetSlotsInTheOrderOfTheirCreation() throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                InputStream script = Database.class.getResourceAsStream("1.sql")) {
            for (String command : new String(script.readAllBytes(), StandardCharsets.UTF_8).split(";", -1)) {
                if (!command.isBlank()) {
                    statement.executeUpdate(command);
                }
            }
            for (int number : new int[] {7, 3, 9}) {
                statement.executeUpdate(
                        "INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports,"
                                + " kernel_image_path, kernel_args, rootfs_path, status, created_at, updated_at)"
                                + " VALUES ('m0000000000%1$d', %1$d, 'm%1$d', 1, 256, '', '/k', '', '/r', 'stopped', 1, 1)"
                                        .formatted(number));
            }
            statement.executeUpdate("PRAGMA user_version = 1");
        }
        Database opened = Database.open(file);
        try (OpenStore store = OpenStore.of(opened)) {
            assertThat(store.machines().load()).extracting(Machine::sequence).containsExactly(3L, 7L, 9L);
            assertThat(store.machines().load()).extracting(Machine::slot).containsExactly(0, 1, 2);
        }
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws IOException {
        String content = "Dear diary, this is not a database.\n".repeat(1000);
        Files.writeString(file, content);
        refused("The file is damaged or not a database");
        assertThat(file).hasContent(content);
    }

    @Test
    void aFolderInItsPlaceIsRefused() throws IOException {
        Files.createDirectory(file);
        refused("Check that the file and its folder exist and are writable.");
    }

    @Test
    void aFolderThatIsMissingIsNamedWithTheSettingToCheck() {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Database.open(folder.resolve("none").resolve("hyperfleet.db")))
                .withMessageContaining("none/hyperfleet.db")
                .withMessageContaining("Check DATABASE_PATH.");
    }

    @Test
    void aPathMayHaveSpacesAndOtherSigns() throws IOException {
        Path odd = Files.createDirectory(folder.resolve("a b&c=d#e%20f")).resolve("ä;.db");
        Database database = Database.open(odd);
        try (OpenStore store = OpenStore.of(database)) {
            store.machines().insert(Examples.pending(1));
        }
        assertThat(odd).isNotEmptyFile();
        Database opened = Database.open(odd);
        try (OpenStore store = OpenStore.of(opened)) {
            assertThat(store.machines().load()).containsExactly(Examples.pending(1));
        }
    }

    /** For example the server and the command line, both for the first time. */
    @Test
    void manyCanOpenANewFileAtTheSameTimeAndAgreeOnItsIdentity() throws Exception {
        int count = 8;
        for (int round = 0; round < 50; round++) {
            Path path = folder.resolve(round + ".db");
            CyclicBarrier together = new CyclicBarrier(count);
            List<Future<String>> opened = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
                for (int i = 0; i < count; i++) {
                    opened.add(threads.submit(() -> {
                        together.await();
                        return FleetIdentity.of(Database.open(path), new Random());
                    }));
                }
            }
            Set<String> identities = new HashSet<>();
            for (Future<String> each : opened) {
                identities.add(each.get());
            }
            assertThat(identities).hasSize(1);
        }
    }

    @Test
    void theFleetsIdentityIsMadeOnceAndStays() {
        String identity = FleetIdentity.of(Database.open(file), new Random(1));
        assertThat(identity).matches("[0-9a-f]{8}");
        assertThat(FleetIdentity.of(Database.open(file), new Random(2))).isEqualTo(identity);
        assertThat(FleetIdentity.of(Database.open(folder.resolve("another.db")), new Random(3)))
                .isNotEqualTo(identity);
    }

    private void refused(String message) {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> Database.open(file))
                .withMessageContaining(file.toString())
                .withMessageContaining(message)
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL_ERROR));
    }

    private static void execute(Database database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
