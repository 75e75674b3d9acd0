package dev.hyperfleet.store;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.ApiKeyStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * API keys in SQLite. Every read sees earlier commits of any process: it asks SQLite whether the file has changed,
 * which takes a few microseconds, and reads the keys again only if it has.
 */
public final class SqliteApiKeyStore implements ApiKeyStore, AutoCloseable {
    private final Database database;
    private final Connection connection;
    private final PreparedStatement fileVersion;
    private final PreparedStatement select;
    private Map<String, ApiKey> keys = Map.of(); // by their hashes, oldest first; as of seenVersion
    private long seenVersion = -1;

    public SqliteApiKeyStore(Database database) {
        this.database = database;
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
        return Optional.ofNullable(present().get(sha256));
    }

    private synchronized Map<String, ApiKey> present() {
        try {
            long version;
            try (ResultSet row = fileVersion.executeQuery()) {
                version = row.getLong(1);
            }
            if (version != seenVersion) {
                keys = read();
                seenVersion = version;
            }
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
        seenVersion = -1;
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
