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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    /** Keys by their hashes, oldest first, and a time when they were those of the file, in nanoseconds. */
    private record Known(Map<String, ApiKey> keys, long at) {}

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
        return List.copyOf(present().values());
    }

    @Override
    public Optional<ApiKey> find(String sha256) {
        long now = time.nanoTime();
        Map<String, ApiKey> keys = known.filter(last -> now - last.at() < FRESH.toNanos())
                .map(Known::keys)
                .orElseGet(this::present);
        return Optional.ofNullable(keys.get(sha256));
    }

    private synchronized Map<String, ApiKey> present() {
        long now = time.nanoTime();
        try {
            long version;
            try (ResultSet row = fileVersion.executeQuery()) {
                version = row.getLong(1);
            }
            Optional<Known> unchanged = version == knownVersion ? known : Optional.empty();
            Map<String, ApiKey> keys = unchanged.isPresent() ? unchanged.get().keys() : read();
            known = Optional.of(new Known(keys, now));
            knownVersion = version;
            return keys;
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        }
    }

    private Map<String, ApiKey> read() throws SQLException {
        Map<String, ApiKey> found = new LinkedHashMap<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                ApiKey key = ApiKeyRow.COLUMNS.read(row).key();
                found.put(key.sha256(), key);
            }
        }
        return found;
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
    public synchronized boolean delete(String idOrName) {
        while (true) {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM api_keys WHERE id = ? OR name = ?")) {
                delete.setString(1, idOrName);
                delete.setString(2, idOrName);
                return delete.executeUpdate() > 0;
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
