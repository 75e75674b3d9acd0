package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.Lease;
import dev.hyperfleet.core.access.LeaseStore;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** Leases in SQLite. The machines' store removes that of a machine which is deleted. */
public final class SqliteLeaseStore implements LeaseStore, AutoCloseable {
    private final DatabaseReader reader;
    private final PreparedStatement select; // the reader's
    private final DatabaseWriter writer;
    private final PreparedStatement replace; // the writer's, as delete is
    private final PreparedStatement delete;

    public SqliteLeaseStore(Database database, DatabaseWriter writer) {
        this.writer = writer;
        reader = new DatabaseReader(database);
        select = reader.prepare("SELECT * FROM leases WHERE machine_id = ?");
        replace = writer.prepare(
                "INSERT OR REPLACE INTO leases (machine_id, nonce, owner, description, created_at, expires_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?)");
        delete = writer.prepare("DELETE FROM leases WHERE machine_id = ?");
    }

    @Override
    public Optional<Lease> find(MachineId machine) {
        return reader.read(() -> {
            select.setString(1, machine.value());
            return DatabaseReader.all(select, SqliteLeaseStore::read).stream().findFirst();
        });
    }

    private static Lease read(ResultSet row) throws SQLException {
        return new Lease(
                new MachineId(row.getString("machine_id")),
                row.getString("nonce"),
                Optional.ofNullable(row.getString("owner")),
                Optional.ofNullable(row.getString("description")),
                Times.instant(row.getLong("created_at")),
                Times.instant(row.getLong("expires_at")));
    }

    @Override
    public void put(Lease lease) {
        writer.write(Importance.ORDINARY, () -> {
            int column = 0;
            replace.setString(++column, lease.machine().value());
            replace.setString(++column, lease.nonce());
            replace.setObject(++column, lease.owner().orElse(null));
            replace.setObject(++column, lease.description().orElse(null));
            replace.setLong(++column, Times.micros(lease.createdAt()));
            replace.setLong(++column, Times.micros(lease.expiresAt()));
            replace.executeUpdate();
        });
    }

    @Override
    public void delete(MachineId machine) {
        writer.write(Importance.RECORD, () -> {
            delete.setString(1, machine.value());
            delete.executeUpdate();
        });
    }

    @Override
    public void close() {
        reader.close();
    }
}
