package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.core.event.EventStore;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Events in SQLite. The machines' store reports those that it has committed. */
public final class SqliteEvents implements EventStore, AutoCloseable {
    /** The number of events that are kept; documented in docs/operations.md. */
    static final int KEPT = 100_000;

    private final DatabaseReader reader;
    private final PreparedStatement all; // the reader's, as all that follow
    private final PreparedStatement ofMachine;
    private final PreparedStatement range;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition committed = lock.newCondition();

    public SqliteEvents(Database database) {
        reader = new DatabaseReader(database);
        String select = EventRow.COLUMNS.selectFrom("events") + " WHERE sequence > ?";
        all = reader.prepare(select + " ORDER BY sequence LIMIT ?");
        ofMachine = reader.prepare(select + " AND machine_id = ? ORDER BY sequence LIMIT ?");
        // The last assigned number, even if all events have been removed since.
        range = reader.prepare("SELECT coalesce((SELECT min(sequence) FROM events), 0),"
                + " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)");
    }

    @Override
    public List<Event> after(long sequence, Optional<MachineId> machine, int limit) {
        return reader.read(() -> {
            PreparedStatement select = machine.isPresent() ? ofMachine : all;
            int column = 0;
            select.setLong(++column, sequence);
            if (machine.isPresent()) {
                select.setString(++column, machine.get().value());
            }
            select.setInt(++column, limit);
            return DatabaseReader.all(select, row -> EventRow.COLUMNS.read(row).event());
        });
    }

    @Override
    public Range range() {
        return reader.read(() -> {
            try (ResultSet row = range.executeQuery()) {
                return new Range(row.getLong(1), row.getLong(2));
            }
        });
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

    /** Signals new events. */
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
        reader.close();
    }
}
