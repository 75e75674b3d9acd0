package dev.hyperfleet.store;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.ApiKeyStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * API keys in SQLite. To see what other processes have committed, it asks SQLite whether the file has changed, and reads
 * the keys again only if it has. Searches ask at most once in {@link #FRESH}: they are part of every request, and would
 * wait for each other. A list always asks.
 */
public final class SqliteApiKeyStore implements ApiKeyStore, AutoCloseable {
    /** How late a search may see what another process has committed. */
    static final Duration FRESH = Duration.ofMillis(1);

    /**
     * Keys as they were in the file.
     *
     * @param keys oldest first
     * @param bySecret the same by the hashes of their secrets, the retired ones too
     * @param at a time when they were those of the file, in nanoseconds
     */
    private record Known(List<ApiKey> keys, Map<String, ApiKey> bySecret, long at) {
        static Known of(List<ApiKey> keys, long at) {
            Map<String, ApiKey> bySecret = new HashMap<>();
            for (ApiKey key : keys) {
                bySecret.put(key.sha256(), key);
                key.retired().ifPresent(old -> bySecret.put(old.sha256(), key));
            }
            return new Known(keys, bySecret, at);
        }

        Known stillAt(long now) {
            return new Known(keys, bySecret, now);
        }
    }

    private final Database database;
    private final MonotonicClock time;
    private final Connection connection;
    private final PreparedStatement fileVersion;
    private final PreparedStatement select;
    private volatile Optional<Known> known = Optional.empty();
    private long knownVersion;

    public SqliteApiKeyStore(Database database, MonotonicClock time) {
        this.database = database;
        this.time = time;
        try {
            connection = database.connect();
            fileVersion = connection.prepareStatement("PRAGMA data_version");
            select = connection.prepareStatement(ApiKeyRow.COLUMNS.selectFrom("api_keys") + " ORDER BY created_at, id");
        } catch (SQLException failure) {
            throw database.failure("open", failure);
        }
    }

    @Override
    public List<ApiKey> keys() {
        return present().keys();
    }

    @Override
    public Optional<ApiKey> find(String sha256) {
        long now = time.nanoTime();
        Known fresh = known.filter(last -> now - last.at() < FRESH.toNanos()).orElseGet(this::present);
        return Optional.ofNullable(fresh.bySecret().get(sha256));
    }

    private synchronized Known present() {
        long now = time.nanoTime();
        try {
            long version;
            try (ResultSet row = fileVersion.executeQuery()) {
                version = row.getLong(1);
            }
            Optional<Known> unchanged = version == knownVersion ? known : Optional.empty();
            Known fresh = unchanged.isPresent() ? unchanged.get().stillAt(now) : Known.of(read(), now);
            known = Optional.of(fresh);
            knownVersion = version;
            return fresh;
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        }
    }

    private List<ApiKey> read() throws SQLException {
        return DatabaseReader.all(select, row -> ApiKeyRow.COLUMNS.read(row).key());
    }

    @Override
    public synchronized void insert(ApiKey key) {
        if (!database.reserve().restore()) {
            throw database.full("write");
        }
        try (PreparedStatement insert = connection.prepareStatement(ApiKeyRow.COLUMNS.insertInto("api_keys"))) {
            ApiKeyRow.COLUMNS.bind(insert, ApiKeyRow.of(key));
            insert.executeUpdate();
        } catch (SQLException failure) {
            if (isTaken(failure)) {
                throw new HyperfleetException(
                        ErrorCode.CONFLICT, "A key named '%s' already exists".formatted(key.name()), failure);
            }
            throw database.failure("write", failure);
        }
        forget();
    }

    private static boolean isTaken(SQLException failure) {
        return failure instanceof SQLiteException own
                && own.getResultCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE;
    }

    @Override
    public synchronized boolean rotate(String id, String sha256, Optional<Instant> until) {
        return changeAny(
                "UPDATE api_keys SET retired_sha256 = iif(?1 IS NULL, NULL, sha256), retired_until = ?1, sha256 = ?2"
                        + " WHERE id = ?3",
                until.map(Times::micros).orElse(null),
                sha256,
                id);
    }

    @Override
    public synchronized boolean delete(String idOrName) {
        return changeAny("DELETE FROM api_keys WHERE id = ?1 OR name = ?1", idOrName);
    }

    /** Ends the validity of secrets, so it is done on a full disk too. Returns whether there was a key to change. */
    private boolean changeAny(String sql, @Nullable Object... parameters) {
        while (true) {
            try (PreparedStatement change = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    change.setObject(i + 1, parameters[i]);
                }
                return change.executeUpdate() > 0;
            } catch (SQLException failure) {
                if (!database.makeRoom(failure, Importance.VITAL)) {
                    throw database.failure("write", failure);
                }
            } finally {
                forget();
            }
        }
    }

    /** A connection's own writes do not change the version that it sees. */
    private void forget() {
        known = Optional.empty();
    }

    @Override
    public synchronized void close() {
        try {
            connection.close();
        } catch (SQLException failure) {
            throw database.failure("close", failure);
        }
    }
}
