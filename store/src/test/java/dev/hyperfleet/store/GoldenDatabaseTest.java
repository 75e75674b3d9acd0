package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.audit.AuditRecord;
import dev.hyperfleet.core.event.EventStore.Range;
import dev.hyperfleet.core.request.IdempotencyStore.Attempt;
import dev.hyperfleet.core.request.IdempotentRequest;
import dev.hyperfleet.core.request.StoredResponse;
import dev.hyperfleet.store.SqliteAuditLog.Retention;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A server reads the databases of all earlier schema versions. */
@Timeout(60)
class GoldenDatabaseTest {
    private static final Clock THEN = Clock.fixed(Instant.parse("2026-10-01T10:00:00Z"), ZoneOffset.UTC);

    private final Path folder;

    GoldenDatabaseTest(@TempDir Path folder) {
        this.folder = folder;
    }

    static IntStream versions() {
        return IntStream.rangeClosed(1, Database.SCHEMA_VERSION);
    }

    private Database opened(int version) throws SQLException {
        return Database.open(
                GoldenDatabase.create(version, folder.resolve("hyperfleet.db")).path());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void eachSchemaVersionHasOne(int version) {
        assertThat(GoldenDatabase.text(version))
                .as(
                        "golden/%1$d.sql: copy that of version %2$d, add what %1$d.sql adds, with a value in each new column,"
                                + " and say in GoldenFleet what a server finds there",
                        version, version - 1)
                .hasValueSatisfying(text -> assertThat(text).endsWith("PRAGMA user_version = " + version + ";\n"));
    }

    /** A released migration must not change: databases that it created exist. */
    @ParameterizedTest
    @MethodSource("versions")
    void eachHasTheSchemaThatItsMigrationsMake(int version) throws SQLException {
        assertThat(GoldenDatabase.create(version, folder.resolve("golden.db")).schema())
                .isEqualTo(GoldenDatabase.empty(version, folder.resolve("empty.db"))
                        .schema());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void eachHasAValueInEachColumn(int version) throws SQLException {
        GoldenDatabase golden = GoldenDatabase.create(version, folder.resolve("golden.db"));
        for (String table : golden.tables()) {
            for (String column : golden.columns(table)) {
                assertThat(golden.query("SELECT count(%s) FROM %s".formatted(column, table)))
                        .as("%s.%s", table, column)
                        .doesNotContain("0");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void anOldOneGetsTheSchemaOfANewOne(int version) throws SQLException {
        Database old = opened(version);
        Database fresh = Database.open(folder.resolve("fresh.db"));
        assertThat(new GoldenDatabase(old.path()).schema()).isEqualTo(new GoldenDatabase(fresh.path()).schema());
        assertThat(new GoldenDatabase(old.path()).query("PRAGMA user_version"))
                .containsExactly(String.valueOf(Database.SCHEMA_VERSION));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void machinesAndEventsAreThere(int version) throws SQLException {
        GoldenFleet fleet = new GoldenFleet(version);
        try (OpenStore store = OpenStore.of(opened(version))) {
            assertThat(store.machines().load()).containsExactlyElementsOf(fleet.machines());
            assertThat(store.snapshots().load()).containsExactlyElementsOf(fleet.snapshots());
            assertThat(store.events().after(0, Optional.empty(), 100)).containsExactlyElementsOf(fleet.events());
            assertThat(store.events().range()).isEqualTo(version >= 3 ? new Range(11, 14) : new Range(0, 0));
        }
    }

    /** What is written back is what is read the next time. */
    @ParameterizedTest
    @MethodSource("versions")
    void machinesAreUpdatedInPlace(int version) throws SQLException {
        GoldenFleet fleet = new GoldenFleet(version);
        try (OpenStore store = OpenStore.of(opened(version))) {
            store.machines().load().forEach(store.machines()::update);
            assertThat(store.machines().load()).containsExactlyElementsOf(fleet.machines());
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void keysAndTheFleetsIdentityAreThere(int version) throws SQLException {
        Database database = opened(version);
        try (SqliteApiKeyStore keys = new SqliteApiKeyStore(database, MonotonicClock.SYSTEM)) {
            assertThat(keys.keys()).containsExactlyElementsOf(new GoldenFleet(version).keys());
        }
        assertThat(FleetIdentity.of(database, new Random(1))).isEqualTo("c0ffee42");
        byte[] linkKey = FleetIdentity.linkKey(database, new Random(1));
        assertThat(linkKey).hasSize(32);
        if (version >= 4) {
            assertThat(linkKey).startsWith(0, 1, 2).endsWith(29, 30, 31);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void leasesAndTheAuditLogAreThere(int version) throws SQLException {
        GoldenFleet fleet = new GoldenFleet(version);
        Database database = opened(version);
        try (DatabaseWriter writer = new DatabaseWriter(database);
                SqliteLeaseStore leases = new SqliteLeaseStore(database, writer);
                SqliteAuditLog audit = new SqliteAuditLog(database, writer, new Retention(100, Duration.ZERO))) {
            assertThat(leases.find(GoldenFleet.WEB)).isEqualTo(fleet.lease());
            assertThat(audit.after(0, 100)).extracting(AuditRecord::entry).containsExactlyElementsOf(fleet.audit());
            assertThat(SqliteAuditLog.verify(database, Optional.empty()).broken())
                    .isEmpty();
            assertThat(audit.last()).isEqualTo(version >= 5 ? 3 : 0);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void requestsThatMayBeRepeatedAreThere(int version) throws SQLException {
        try (OpenStore store = OpenStore.of(opened(version), THEN)) {
            Optional<Attempt> answered = store.requests().find(new IdempotentRequest("k7h2m9q4", "create-1", "4f2a"));
            Optional<Attempt> begun = store.requests().find(new IdempotentRequest("", "start-1", "77aa"));
            if (version < 5) {
                assertThat(List.of(answered, begun)).containsOnly(Optional.empty());
                return;
            }
            assertThat(begun).contains(new Attempt("77aa", Optional.empty(), Optional.empty()));
            assertThat(answered.orElseThrow().fingerprint()).isEqualTo("4f2a");
            assertThat(answered.orElseThrow().machine()).contains(GoldenFleet.WEB);
            StoredResponse answer = answered.orElseThrow().answer().orElseThrow();
            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.headers()).isEqualTo(Map.of("Location", "/machines/k3v9x0q2m7ab"));
            assertThat(answer.body()).asString(StandardCharsets.UTF_8).isEqualTo("{\"id\":\"k3v9x0q2m7ab\"}");
        }
    }
}
