package dev.hyperfleet.store;

import dev.hyperfleet.core.Cause;
import dev.hyperfleet.core.Event;
import dev.hyperfleet.core.EventStore;
import dev.hyperfleet.core.MachineId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Events in SQLite. The machines' store tells of those that it has committed. */
public final class SqliteEvents implements EventStore, AutoCloseable {
    /** Events that are kept; docs/operations.md says so. */
    static final int KEPT = 100_000;

    private final Database database;
    private final Connection connection; // guarded by lock, like all that follows
    private final PreparedStatement all;
    private final PreparedStatement ofMachine;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition committed = lock.newCondition();

    public SqliteEvents(Database database) {
        this.database = database;
        try {
            connection = database.connect();
            all = connection.prepareStatement("SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?");
            ofMachine = connection.prepareStatement(
                    "SELECT * FROM events WHERE sequence > ? AND machine_id = ? ORDER BY sequence LIMIT ?");
        } catch (SQLException failure) {
            throw database.failure("open", failure);
        }
    }

    @Override
    public List<Event> after(long sequence, Optional<MachineId> machine, int limit) {
        lock.lock();
        try {
            PreparedStatement select = machine.isPresent() ? ofMachine : all;
            int column = 0;
            select.setLong(++column, sequence);
            if (machine.isPresent()) {
                select.setString(++column, machine.get().value());
            }
            select.setInt(++column, limit);
            List<Event> events = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    events.add(read(row));
                }
            }
            return events;
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        } finally {
            lock.unlock();
        }
    }

    private static Event read(ResultSet row) throws SQLException {
        return new Event(
                row.getLong("sequence"),
                Times.instant(row.getLong("at")),
                new MachineId(row.getString("machine_id")),
                row.getString("machine_name"),
                row.getString("type"),
                Optional.ofNullable(row.getString("message")),
                new Cause(
                        Optional.ofNullable(row.getString("request_id")), Optional.ofNullable(row.getString("actor"))));
    }

    @Override
    public Range range() {
        lock.lock();
        try (Statement statement = connection.createStatement();
                // The last number that was given, though all events may have been removed since.
                ResultSet row = statement.executeQuery("SELECT coalesce((SELECT min(sequence) FROM events), 0),"
                        + " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)")) {
            return new Range(row.getLong(1), row.getLong(2));
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean await(long sequence, Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = timeout.toNanos();
            while (range().last() <= sequence) {
                if (left <= 0) {
                    return false;
                }
                left = committed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** There are new ones. */
    void signal() {
        lock.lock();
        try {
            committed.signalAll();
        } finally {
            lock.unlock();
        }
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
