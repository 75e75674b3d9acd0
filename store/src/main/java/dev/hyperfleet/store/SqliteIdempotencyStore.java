package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.request.IdempotencyStore;
import dev.hyperfleet.core.request.IdempotentRequest;
import dev.hyperfleet.core.request.StoredResponse;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Repeatable requests in SQLite. Old ones, and an owner's excess ones, are removed when a new one is added.
 */
public final class SqliteIdempotencyStore implements IdempotencyStore, AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<Map<String, String>> HEADERS = new TypeReference<>() {};

    /** How often an owner's excess requests are removed. */
    private static final int COUNT_EVERY = 100;

    private final DatabaseReader reader;
    private final PreparedStatement select; // the reader's
    private final DatabaseWriter writer;
    private final Clock clock;
    private final PreparedStatement insert; // the writer's, as all that follow
    private final PreparedStatement answer;
    private final PreparedStatement release;
    private final PreparedStatement forgetOld;
    private final PreparedStatement forgetMany;

    public SqliteIdempotencyStore(Database database, DatabaseWriter writer, Clock clock) {
        this.writer = writer;
        this.clock = clock;
        reader = new DatabaseReader(database);
        select = reader.prepare("SELECT fingerprint, machine_id, status, headers, body"
                + " FROM idempotent_requests WHERE owner = ? AND key = ? AND created_at > ?");
        insert = writer.prepare(
                "INSERT INTO idempotent_requests (owner, key, fingerprint, machine_id, created_at)"
                        + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, key) DO UPDATE"
                        + " SET machine_id = coalesce(excluded.machine_id, machine_id)",
                Statement.RETURN_GENERATED_KEYS);
        answer = writer.prepare(
                "UPDATE idempotent_requests SET status = ?, headers = ?, body = ?" + " WHERE owner = ? AND key = ?");
        release = writer.prepare("DELETE FROM idempotent_requests"
                + " WHERE owner = ? AND key = ? AND machine_id IS NULL AND status IS NULL");
        forgetOld = writer.prepare("DELETE FROM idempotent_requests WHERE created_at <= ?");
        forgetMany = writer.prepare("DELETE FROM idempotent_requests WHERE sequence <= (SELECT sequence"
                + " FROM idempotent_requests WHERE owner = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2)"
                + " AND owner = ?1");
    }

    @Override
    public Optional<Attempt> find(IdempotentRequest request) {
        return reader.read(() -> {
            select.setString(1, request.owner());
            select.setString(2, request.key());
            select.setLong(3, oldest());
            return DatabaseReader.all(select, SqliteIdempotencyStore::read).stream()
                    .findFirst();
        });
    }

    private static Attempt read(ResultSet row) throws SQLException {
        @Nullable String headers = row.getString("headers");
        return new Attempt(
                row.getString("fingerprint"),
                Optional.ofNullable(row.getString("machine_id")).map(MachineId::new),
                headers == null
                        ? Optional.empty()
                        : Optional.of(new StoredResponse(
                                row.getInt("status"), JSON.readValue(headers, HEADERS), row.getBytes("body"))));
    }

    @Override
    public void begin(IdempotentRequest request) {
        writer.write(Importance.ORDINARY, () -> note(request, Optional.empty()));
    }

    /** Records a request with the machine that it changes: in the change's transaction, on its thread. */
    void note(IdempotentRequest request, Optional<MachineId> machine) throws SQLException {
        forgetOld.setLong(1, oldest());
        forgetOld.executeUpdate();
        int column = 0;
        insert.setString(++column, request.owner());
        insert.setString(++column, request.key());
        insert.setString(++column, request.fingerprint());
        insert.setObject(++column, machine.map(MachineId::value).orElse(null));
        insert.setLong(++column, Times.micros(clock.instant()));
        insert.executeUpdate();
        try (ResultSet key = insert.getGeneratedKeys()) {
            if (key.next() && key.getLong(1) % COUNT_EVERY == 0) {
                forgetMany.setString(1, request.owner());
                forgetMany.setInt(2, KEPT_FOR_EACH_OWNER);
                forgetMany.executeUpdate();
            }
        }
    }

    private long oldest() {
        Instant now = clock.instant();
        return Times.micros(now.minus(KEPT));
    }

    @Override
    public void complete(IdempotentRequest request, StoredResponse kept) {
        writer.write(Importance.RECORD, () -> {
            note(request, Optional.empty()); // a request that has changed no machine was not recorded yet
            int column = 0;
            answer.setInt(++column, kept.status());
            answer.setString(++column, JSON.writeValueAsString(kept.headers()));
            answer.setBytes(++column, kept.body());
            answer.setString(++column, request.owner());
            answer.setString(++column, request.key());
            answer.executeUpdate();
        });
    }

    @Override
    public void release(IdempotentRequest request) {
        writer.write(Importance.RECORD, () -> {
            release.setString(1, request.owner());
            release.setString(2, request.key());
            release.executeUpdate();
        });
    }

    @Override
    public void close() {
        reader.close();
    }
}
