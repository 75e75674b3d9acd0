package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.Lease;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Restarts;
import dev.hyperfleet.core.request.Idempotency;
import dev.hyperfleet.core.request.IdempotencyStore;
import dev.hyperfleet.core.request.IdempotencyStore.Attempt;
import dev.hyperfleet.core.request.IdempotentRequest;
import dev.hyperfleet.core.request.StoredResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SqliteIdempotencyStoreTest {
    private static final IdempotentRequest REQUEST = new IdempotentRequest("owner", "key-1", "fingerprint");
    private static final StoredResponse ANSWER = new StoredResponse(
            201, Map.of("Location", "/machines/x", "ETag", "\"1-0\""), "{\"ä\":1}".getBytes(StandardCharsets.UTF_8));

    private final Database database;
    private final OpenStore open;
    private final IdempotencyStore store;

    SqliteIdempotencyStoreTest(@TempDir Path folder) {
        database = Database.open(folder.resolve("hyperfleet.db"));
        open = OpenStore.of(database);
        store = open.requests();
    }

    @AfterEach
    void close() {
        open.close();
    }

    private SqliteIdempotencyStore after(Duration time) {
        Clock later = Clock.fixed(Instant.now().plus(time), ZoneOffset.UTC);
        return new SqliteIdempotencyStore(database, open.writer(), later);
    }

    private long rows() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM idempotent_requests")) {
            return row.getLong(1);
        }
    }

    @Test
    void anAnswerComesBackAsItWasGivenAlsoFromTheNextServer() {
        assertThat(store.find(REQUEST)).isEmpty();
        store.begin(REQUEST);
        assertThat(store.find(REQUEST)).contains(new Attempt("fingerprint", Optional.empty(), Optional.empty()));
        store.complete(REQUEST, ANSWER);
        try (SqliteIdempotencyStore next = after(Duration.ofHours(23))) {
            Attempt attempt = next.find(REQUEST).orElseThrow();
            StoredResponse answer = attempt.answer().orElseThrow();
            assertThat(attempt.fingerprint()).isEqualTo("fingerprint");
            assertThat(answer.status()).isEqualTo(201);
            assertThat(answer.headers()).isEqualTo(ANSWER.headers());
            assertThat(answer.body()).isEqualTo(ANSWER.body());
            assertThat(next.find(new IdempotentRequest("another", "key-1", "fingerprint")))
                    .isEmpty();
        }
    }

    @Test
    void anAnswerWithoutABodyIsAnAnswer() {
        store.complete(REQUEST, new StoredResponse(204, Map.of(), new byte[0]));
        StoredResponse kept = store.find(REQUEST).orElseThrow().answer().orElseThrow();
        assertThat(kept.status()).isEqualTo(204);
        assertThat(kept.body()).isEmpty();
    }

    @Test
    void whatIsADayOldIsForgottenAndItsRoomIsFreeWhenSomethingNewComes() throws SQLException {
        store.complete(REQUEST, ANSWER);
        try (SqliteIdempotencyStore next = after(Duration.ofHours(24).plusSeconds(60))) {
            assertThat(next.find(REQUEST)).isEmpty();
            next.begin(new IdempotentRequest("owner", "key-2", "x"));
            assertThat(rows()).isOne();
            next.complete(REQUEST, new StoredResponse(200, Map.of(), new byte[0]));
            assertThat(next.find(REQUEST)).isPresent();
        }
    }

    @Test
    void anOwnerHasTheLastTenThousandAndTakesNobodyElsesRoom() throws SQLException {
        store.begin(REQUEST);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500)"
                    + " INSERT INTO idempotent_requests (owner, key, fingerprint, created_at)"
                    + " SELECT 'many', i, 'x', %d FROM n".formatted(Times.micros(Instant.now())));
        }
        for (int i = 0; i < 100; i++) {
            store.begin(new IdempotentRequest("many", "new-" + i, "x"));
        }
        assertThat(rows()).isBetween(10_001L, 10_101L);
        assertThat(store.find(REQUEST)).isPresent();
        assertThat(store.find(new IdempotentRequest("many", "new-0", "x"))).isPresent();
        assertThat(store.find(new IdempotentRequest("many", "1", "x"))).isEmpty();
    }

    @Test
    void aReleasedRequestIsForgottenUnlessAMachineWasChangedForIt() {
        store.begin(REQUEST);
        store.release(REQUEST);
        assertThat(store.find(REQUEST)).isEmpty();
        createFor(REQUEST, Examples.pending(1));
        store.release(REQUEST);
        assertThat(store.find(REQUEST).orElseThrow().machine())
                .contains(Examples.pending(1).id());
    }

    /** Through the product's own code for it. */
    private void createFor(IdempotentRequest request, Machine machine) {
        try {
            new Idempotency(store)
                    .<RuntimeException>answer(
                            request,
                            () -> {
                                open.machines().insert(machine);
                                throw new IllegalStateException("the server ends here");
                            },
                            Optional.of(_ -> ANSWER));
        } catch (IllegalStateException ended) {
            // as intended
        }
    }

    @Test
    void aMachineAndTheRequestThatItIsMadeForAreStoredTogetherOrNotAtAll() {
        createFor(REQUEST, Examples.pending(1));
        Machine namesake = new Machine(
                Examples.id(2),
                2,
                2,
                Examples.pending(1).spec(),
                Optional.empty(),
                Optional.empty(),
                MachineStatus.PENDING,
                Optional.empty(),
                Optional.empty(),
                Restarts.NONE,
                Examples.THEN,
                Examples.THEN,
                1);
        IdempotentRequest other = new IdempotentRequest("owner", "key-2", "x");
        assertThatExceptionOfType(HyperfleetException.class).isThrownBy(() -> createFor(other, namesake));
        assertThat(store.find(REQUEST).orElseThrow().machine())
                .contains(Examples.pending(1).id());
        assertThat(store.find(other)).isEmpty();
        assertThat(open.machines().load()).containsExactly(Examples.pending(1));
    }

    @Test
    void aLeaseComesBackAndEndsWithItsMachine() {
        Lease lease = new Lease(
                Examples.id(1),
                "nonce",
                Optional.of("ci"),
                Optional.empty(),
                Examples.THEN,
                Examples.THEN.plusNanos(1_000));
        Lease renewed = new Lease(
                Examples.id(1),
                "nonce",
                Optional.empty(),
                Optional.of("deploys"),
                Examples.THEN,
                Examples.THEN.plusSeconds(60));
        try (SqliteLeaseStore leases = new SqliteLeaseStore(database, open.writer())) {
            open.machines().insert(Examples.pending(1));
            leases.put(lease);
            assertThat(leases.find(Examples.id(1))).contains(lease);
            leases.put(renewed);
            assertThat(leases.find(Examples.id(1))).contains(renewed);
            leases.delete(Examples.id(1));
            assertThat(leases.find(Examples.id(1))).isEmpty();
            leases.put(lease);
            open.machines().delete(Examples.id(1));
            assertThat(leases.find(Examples.id(1))).isEmpty();
        }
    }
}
