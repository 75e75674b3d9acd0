package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.HyperfleetException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ColumnsTest {
    private final Database database;

    ColumnsTest(@TempDir Path folder) {
        database = Database.open(folder.resolve("hyperfleet.db"));
    }

    static Stream<Arguments> tables() {
        return Stream.of(
                Arguments.of("machines", MachineRow.COLUMNS),
                Arguments.of("events", EventRow.COLUMNS),
                Arguments.of("api_keys", ApiKeyRow.COLUMNS),
                Arguments.of("leases", LeaseRow.COLUMNS),
                Arguments.of("audit", AuditRow.COLUMNS));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void theColumnsOfATableAreTheComponentsOfItsRow(String table, Columns<?> columns) throws SQLException {
        assertThat(columns.names())
                .containsExactlyInAnyOrderElementsOf(new GoldenDatabase(database.path()).columns(table));
    }

    @Test
    void aPutChangesWhatIsNotFixed() {
        assertThat(LeaseRow.COLUMNS.putInto("leases", "machine_id"))
                .isEqualTo("INSERT INTO leases (machine_id, nonce, owner, description, created_at, expires_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (machine_id) DO UPDATE SET nonce = excluded.nonce,"
                        + " owner = excluded.owner, description = excluded.description,"
                        + " created_at = excluded.created_at, expires_at = excluded.expires_at");
    }

    @ParameterizedTest
    @MethodSource("damages")
    void aRowThatMakesNoSenseIsAnErrorThatNamesWhatIsWrong(String change, String named) throws SQLException {
        try (OpenStore store = OpenStore.of(database);
                Connection other = database.connect();
                Statement statement = other.createStatement()) {
            store.machines().insert(Examples.running(1));
            statement.executeUpdate("UPDATE machines SET " + change);
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(store.machines()::load)
                    .withMessageContaining(named);
        }
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                Arguments.of("boot_id = NULL", "boot_id"),
                Arguments.of("tap_ip = NULL", "tap_ip"),
                Arguments.of("automation = '{'", "automation"),
                Arguments.of("automation = '{\"sleep\":{\"autostop\":\"DREAM\"}}'", "DREAM"));
    }
}
