package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.Lease;
import dev.hyperfleet.core.access.LeaseStore;
import java.sql.PreparedStatement;
import java.util.Optional;

/** Leases in SQLite. The machines' store removes the lease of a deleted machine. */
public final class SqliteLeaseStore implements LeaseStore, AutoCloseable {
    private final DatabaseReader reader;
    private final PreparedStatement select; // the reader's
    private final DatabaseWriter writer;
    private final PreparedStatement put; // the writer's, as delete is
    private final PreparedStatement delete;

    public SqliteLeaseStore(Database database, DatabaseWriter writer) {
        this.writer = writer;
        reader = new DatabaseReader(database);
        select = reader.prepare(LeaseRow.COLUMNS.selectFrom("leases") + " WHERE machine_id = ?");
        put = writer.prepare(LeaseRow.COLUMNS.putInto("leases", "machine_id"));
        delete = writer.prepare("DELETE FROM leases WHERE machine_id = ?");
    }

    @Override
    public Optional<Lease> find(MachineId machine) {
        return reader.read(() -> {
            select.setString(1, machine.value());
            return DatabaseReader.all(select, row -> LeaseRow.COLUMNS.read(row).lease()).stream()
                    .findFirst();
        });
    }

    @Override
    public void put(Lease lease) {
        writer.write(Importance.ORDINARY, () -> {
            LeaseRow.COLUMNS.bind(put, LeaseRow.of(lease));
            put.executeUpdate();
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
