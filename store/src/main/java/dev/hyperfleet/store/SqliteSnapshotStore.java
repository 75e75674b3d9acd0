package dev.hyperfleet.store;

import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.snapshot.Snapshot;
import dev.hyperfleet.core.snapshot.SnapshotStore;
import java.sql.PreparedStatement;
import java.util.List;

/** Snapshots in SQLite. */
public final class SqliteSnapshotStore implements SnapshotStore {
    private final Database database;
    private final DatabaseWriter writer;
    private final PreparedStatement put; // the writer's, as delete is
    private final PreparedStatement delete;

    public SqliteSnapshotStore(Database database, DatabaseWriter writer) {
        this.database = database;
        this.writer = writer;
        put = writer.prepare(SnapshotRow.COLUMNS.insertInto("snapshots"));
        delete = writer.prepare("DELETE FROM snapshots WHERE id = ?");
    }

    @Override
    public List<Snapshot> load() {
        try (DatabaseReader reader = new DatabaseReader(database)) {
            PreparedStatement select =
                    reader.prepare(SnapshotRow.COLUMNS.selectFrom("snapshots") + " ORDER BY created_at, id");
            return reader.read(() -> DatabaseReader.all(
                    select, row -> SnapshotRow.COLUMNS.read(row).snapshot()));
        }
    }

    @Override
    public void insert(Snapshot snapshot) {
        SnapshotRow row = SnapshotRow.of(snapshot);
        writer.write(Importance.ORDINARY, () -> {
            SnapshotRow.COLUMNS.bind(put, row);
            put.executeUpdate();
        });
    }

    @Override
    public void delete(SnapshotId id) {
        writer.write(Importance.VITAL, () -> {
            delete.setString(1, id.value());
            delete.executeUpdate();
        });
    }
}
