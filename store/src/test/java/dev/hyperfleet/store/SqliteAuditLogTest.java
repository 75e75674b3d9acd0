package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.audit.AuditChain.Break;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.audit.AuditRecord;
import dev.hyperfleet.store.SqliteAuditLog.Retention;
import dev.hyperfleet.store.SqliteAuditLog.Verification;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SqliteAuditLogTest {
    private final Database database;
    private final DatabaseWriter writer;
    private final SqliteAuditLog log;

    SqliteAuditLogTest(@TempDir Path folder) {
        database = Database.open(folder.resolve("hyperfleet.db"));
        writer = new DatabaseWriter(database);
        log = new SqliteAuditLog(database, writer, new Retention(250, Duration.ZERO));
    }

    @AfterEach
    void close() {
        writer.close();
        log.close();
    }

    private static AuditEntry entry(int number) {
        return new AuditEntry(
                Examples.THEN.plusSeconds(number),
                Optional.of("id" + number),
                Optional.of("ci"),
                "POST",
                "/machines/{id}/start",
                number % 2 == 0 ? Optional.empty() : Optional.of("abcdefghijkl"),
                "127.0.0.1",
                "request-" + number,
                200 + number,
                number);
    }

    /** The record of number n is of entry n - 1. */
    private void append(int count) {
        for (int number = 0; number < count; number++) {
            log.append(entry(number));
        }
    }

    private void appendAtOnce(int count) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> appended = new ArrayList<>();
            for (int number = 0; number < count; number++) {
                AuditEntry entry = entry(number);
                appended.add(threads.submit(() -> log.append(entry)));
            }
            assertThat(appended).allSatisfy(each -> assertThat(each).succeedsWithin(Duration.ofSeconds(30)));
        }
    }

    private Verification verify() {
        return SqliteAuditLog.verify(database, Optional.empty());
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String each : sql.split(";", -1)) {
                statement.executeUpdate(each);
            }
        }
    }

    @Test
    void recordsComeBackInTheirOrderAndHold() {
        assertThat(verify().broken()).isEmpty();
        append(3);
        assertThat(log.after(0, 10)).extracting(AuditRecord::entry).containsExactly(entry(0), entry(1), entry(2));
        assertThat(log.after(1, 1)).extracting(AuditRecord::entry).containsExactly(entry(1));
        Verification found = verify();
        assertThat(found.broken()).isEmpty();
        assertThat(found.records()).isEqualTo(3);
        assertThat(found.head()).isEqualTo(log.after(2, 1).getFirst().link());
    }

    @Test
    void thoseOfManyAtOnceAreOneChain() {
        appendAtOnce(200);
        assertThat(verify().broken()).isEmpty();
        assertThat(verify().records()).isEqualTo(200);
        assertThat(log.after(0, 1000))
                .extracting(record -> record.link().sequence())
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 200).boxed().toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            changed            | 5  | UPDATE audit SET status = 403 WHERE sequence = 5
            key changed        | 5  | UPDATE audit SET key_name = 'me' WHERE sequence = 5
            time changed       | 5  | UPDATE audit SET at = at + 1 WHERE sequence = 5
            field absent       | 6  | UPDATE audit SET machine_id = NULL WHERE sequence = 6
            hash changed       | 5  | UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE sequence = 5
            removed            | 5  | DELETE FROM audit WHERE sequence = 5
            first removed      | 1  | DELETE FROM audit WHERE sequence = 1
            last removed       | 10 | DELETE FROM audit WHERE sequence = 10
            all removed        | 1  | DELETE FROM audit
            removed and closed | 5  | DELETE FROM audit WHERE sequence = 5; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 5
            reordered          | 4  | UPDATE audit SET sequence = -4 WHERE sequence = 4; UPDATE audit SET sequence = 4 WHERE sequence = 5; UPDATE audit SET sequence = 5 WHERE sequence = -4
            put in             | 5  | UPDATE audit SET sequence = -sequence WHERE sequence > 4; UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0; INSERT INTO audit SELECT 5, at, key_id, key_name, method, route, machine_id, client, request_id, status, omitted, hash FROM audit WHERE sequence = 4
            """)
    void whateverIsDoneToTheTableIsFoundAtItsFirstPlace(String what, long first, String sql) throws SQLException {
        append(10);
        execute(sql);
        assertThat(verify().broken().map(Break::sequence)).as(what).contains(first);
        assertThat(verify().records()).isEqualTo(first - 1);
    }

    @Test
    void aLogThatWasMadeAnewIsFoundByWhatAnEarlierCheckHasPrinted() throws SQLException {
        append(10);
        String seen = verify().head().toString();
        append(10);
        assertThat(SqliteAuditLog.verify(database, Optional.of(seen)).broken()).isEmpty();
        String start = "0".repeat(64);
        execute("DELETE FROM audit; UPDATE audit_ends SET head_sequence = 0, head_hash = '%s'".formatted(start));
        for (int number = 5; number < 25; number++) {
            log.append(entry(number));
        }
        assertThat(verify().broken()).isEmpty();
        assertThat(SqliteAuditLog.verify(database, Optional.of(seen)).broken())
                .hasValueSatisfying(broken -> assertThat(broken.reason()).contains("was rewritten"));
    }

    @Test
    void whatIsTooMuchIsRemovedFromTheBeginningAndTheRestStillHolds() {
        appendAtOnce(720);
        Verification found = verify();
        assertThat(found.broken()).isEmpty();
        assertThat(found.records()).isBetween(250L, 350L);
        assertThat(found.head().sequence()).isEqualTo(720);
        assertThat(log.after(0, 1).getFirst().link().sequence()).isEqualTo(720 - found.records() + 1);
    }

    /** Record n is n seconds old when all the others have been added. */
    @Test
    void aYoungRecordIsKeptHoweverManyComeAfterIt() {
        try (SqliteAuditLog patient =
                new SqliteAuditLog(database, writer, new Retention(50, Duration.ofSeconds(200)))) {
            for (int number = 0; number < 500; number++) {
                patient.append(entry(number));
            }
            assertThat(patient.after(0, 1).getFirst().link().sequence()).isBetween(202L, 301L);
            assertThat(patient.last()).isEqualTo(500);
        }
        assertThat(verify().broken()).isEmpty();
    }

    /** Written by a clock that was set back since. */
    @Test
    void aRecordOfATimeToComeDoesNotKeepAllThatFollow() {
        try (SqliteAuditLog patient = new SqliteAuditLog(database, writer, new Retention(50, Duration.ofSeconds(20)))) {
            patient.append(entry(1_000_000));
            for (int number = 1; number < 500; number++) {
                patient.append(entry(number));
            }
            assertThat(patient.after(0, 1).getFirst().link().sequence()).isGreaterThan(300);
        }
        assertThat(verify().broken()).isEmpty();
    }

    @Test
    void theNextServerGoesOnWithTheChain() {
        append(3);
        try (DatabaseWriter nextWriter = new DatabaseWriter(database);
                SqliteAuditLog next = new SqliteAuditLog(database, nextWriter, new Retention(250, Duration.ZERO))) {
            next.append(entry(3));
        }
        assertThat(verify().broken()).isEmpty();
        assertThat(verify().records()).isEqualTo(4);
    }
}
