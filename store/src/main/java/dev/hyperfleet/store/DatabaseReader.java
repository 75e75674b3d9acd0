package dev.hyperfleet.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** A connection for serialised reads. Safe for concurrent use. */
final class DatabaseReader implements AutoCloseable {
    private final Database database;
    private final Connection connection; // guarded by lock, as its statements are
    private final ReentrantLock lock = new ReentrantLock();

    /** A query with this reader's statements. */
    interface Query<T> {
        T execute() throws SQLException;
    }

    /** Converts a row. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    DatabaseReader(Database database) {
        this.database = database;
        try {
            connection = database.connect();
        } catch (SQLException failure) {
            throw database.failure("open", failure);
        }
    }

    /** A statement for use in queries. */
    PreparedStatement prepare(String sql) {
        try {
            return connection.prepareStatement(sql);
        } catch (SQLException failure) {
            throw database.failure("open", failure);
        }
    }

    /** Reads exclusively. */
    <T> T read(Query<T> query) {
        lock.lock();
        try {
            return query.execute();
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        } finally {
            lock.unlock();
        }
    }

    /** All rows, in order. */
    static <T> List<T> all(PreparedStatement select, Row<T> meaning) throws SQLException {
        List<T> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                found.add(meaning.read(row));
            }
        }
        return found;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            connection.close();
        } catch (SQLException failure) {
            throw database.failure("close", failure);
        } finally {
            lock.unlock();
        }
    }
}
