package dev.hyperfleet.store;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.audit.AuditChain;
import dev.hyperfleet.core.audit.AuditChain.Break;
import dev.hyperfleet.core.audit.AuditChain.Link;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.core.audit.AuditRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The audit log in SQLite. Its records share transactions with other concurrent writes. */
public final class SqliteAuditLog implements AuditLog, AutoCloseable {
    private static final int FORGET_EVERY = 100;

    /** At most, since all other writes wait for it; more than are added meanwhile. */
    private static final int FORGET_AT_ONCE = 1000;

    private final DatabaseReader reader;
    private final PreparedStatement select; // the reader's
    private final PreparedStatement selectHead; // the reader's
    private final DatabaseWriter writer;
    private final Retention retention;
    private final PreparedStatement ends; // the writer's, as all that follow
    private final PreparedStatement insert;
    private final PreparedStatement moveHead;
    private final PreparedStatement firstYoung;
    private final PreparedStatement moveAnchor;
    private final PreparedStatement forget;

    /**
     * Which records are kept: the last ones, and all young ones, regardless of their number. So pushing a record out of
     * the log takes time, not just many requests.
     *
     * @param records how many; up to 100 more may exist
     * @param age the minimum age of a record when it is removed
     */
    public record Retention(int records, Duration age) {}

    /** Opens the log in this database. */
    public SqliteAuditLog(Database database, DatabaseWriter writer, Retention retention) {
        this.writer = writer;
        this.retention = retention;
        reader = new DatabaseReader(database);
        select = reader.prepare(AuditRow.COLUMNS.selectFrom("audit") + " WHERE sequence > ? ORDER BY sequence LIMIT ?");
        selectHead = reader.prepare("SELECT head_sequence FROM audit_ends");
        ends = writer.prepare("SELECT * FROM audit_ends");
        insert = writer.prepare(AuditRow.COLUMNS.insertInto("audit"));
        moveHead = writer.prepare("UPDATE audit_ends SET head_sequence = ?, head_hash = ?");
        firstYoung = writer.prepare(
                "SELECT sequence FROM audit WHERE sequence <= ? AND at > ? AND at <= ?" + " ORDER BY sequence LIMIT 1");
        moveAnchor = writer.prepare("UPDATE audit_ends SET anchor_sequence = sequence, anchor_hash = hash"
                + " FROM audit WHERE sequence = ?");
        forget = writer.prepare("DELETE FROM audit WHERE sequence <= ?");
    }

    @Override
    public void append(AuditEntry entry) {
        writer.write(entry.isOfSuccess() ? Importance.RECORD : Importance.ORDINARY, () -> insert(entry));
    }

    @Override
    public void appendLater(AuditEntry entry, Consumer<HyperfleetException> failed) {
        writer.writeLater(() -> insert(entry), failed);
    }

    /** The previous link is read each time: one in a transaction that was rolled back does not count. */
    private void insert(AuditEntry entry) throws SQLException {
        Link before;
        long anchor;
        try (ResultSet row = ends.executeQuery()) {
            before = new Link(row.getLong("head_sequence"), row.getString("head_hash"));
            anchor = row.getLong("anchor_sequence");
        }
        Link link = AuditChain.next(before, entry);
        AuditRow.COLUMNS.bind(insert, AuditRow.of(new AuditRecord(link, entry)));
        insert.executeUpdate();
        moveHead.setLong(1, link.sequence());
        moveHead.setString(2, link.hash());
        moveHead.executeUpdate();
        if (link.sequence() % FORGET_EVERY == 0) {
            forget(anchor, link.sequence() - retention.records(), entry.at());
        }
    }

    /** A record with a future time, written while the clock was wrong, does not count as young. */
    private void forget(long anchor, long tooMany, Instant now) throws SQLException {
        long last = Math.min(tooMany, anchor + FORGET_AT_ONCE);
        firstYoung.setLong(1, last);
        firstYoung.setLong(2, Times.micros(now.minus(retention.age())));
        firstYoung.setLong(3, Times.micros(now));
        try (ResultSet row = firstYoung.executeQuery()) {
            last = row.next() ? row.getLong(1) - 1 : last;
        }
        if (last > anchor) {
            moveAnchor.setLong(1, last);
            moveAnchor.executeUpdate();
            forget.setLong(1, last);
            forget.executeUpdate();
        }
    }

    @Override
    public long last() {
        return reader.read(() -> {
            try (ResultSet row = selectHead.executeQuery()) {
                return row.getLong(1);
            }
        });
    }

    @Override
    public List<AuditRecord> after(long sequence, int limit) {
        return reader.read(() -> {
            select.setLong(1, sequence);
            select.setInt(2, limit);
            return DatabaseReader.all(select, row -> AuditRow.COLUMNS.read(row).record());
        });
    }

    /**
     * The result of checking a whole log.
     *
     * @param records the number of intact records, from the first one on
     * @param head the last link of them
     */
    public record Verification(long records, Link head, Optional<Break> broken) {}

    /**
     * Checks the log in a file, which a server may be writing to. Changes nothing.
     *
     * @param included a link that must be in it, "number:hash"; the one before the oldest stored record, or a later one
     */
    public static Verification verify(Database database, Optional<String> included) {
        try (Connection reader = database.connectReadOnly();
                Statement statement = reader.createStatement()) {
            statement.executeUpdate("BEGIN"); // a consistent snapshot
            Link anchor;
            Link head;
            try (ResultSet row = statement.executeQuery("SELECT * FROM audit_ends")) {
                anchor = new Link(row.getLong("anchor_sequence"), row.getString("anchor_hash"));
                head = new Link(row.getLong("head_sequence"), row.getString("head_hash"));
            }
            return walk(statement, new AuditChain(anchor, included), head);
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        }
    }

    private static Verification walk(Statement statement, AuditChain chain, Link head) throws SQLException {
        long records = 0;
        Optional<Break> broken = Optional.empty();
        try (ResultSet row = statement.executeQuery(AuditRow.COLUMNS.selectFrom("audit") + " ORDER BY sequence")) {
            while (broken.isEmpty() && row.next()) {
                broken = chain.accept(AuditRow.COLUMNS.read(row).record());
                records += broken.isPresent() ? 0 : 1;
            }
        }
        return new Verification(records, chain.last(), broken.or(() -> chain.end(head)));
    }

    @Override
    public void close() {
        reader.close();
    }
}
