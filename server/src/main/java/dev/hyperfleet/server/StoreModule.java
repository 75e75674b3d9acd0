package dev.hyperfleet.server;

import dev.hyperfleet.api.access.AuditJson;
import dev.hyperfleet.core.SafeText;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.DatabaseWriter;
import dev.hyperfleet.store.FileAuditLog;
import dev.hyperfleet.store.FleetIdentity;
import dev.hyperfleet.store.SqliteApiKeyStore;
import dev.hyperfleet.store.SqliteAuditLog;
import dev.hyperfleet.store.SqliteEvents;
import dev.hyperfleet.store.SqliteIdempotencyStore;
import dev.hyperfleet.store.SqliteLeaseStore;
import dev.hyperfleet.store.SqliteMachineStore;
import dev.hyperfleet.store.SqliteSnapshotStore;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database and its stores.
 *
 * @param fleet the database's identity, which is part of names on the host
 * @param linkKey the key that signs links to ports
 */
record StoreModule(
        DatabaseWriter writer,
        SqliteMachineStore machines,
        SqliteSnapshotStore snapshots,
        SqliteEvents events,
        SqliteIdempotencyStore requests,
        SqliteLeaseStore leases,
        SqliteApiKeyStore keys,
        AuditLog audit,
        String fleet,
        byte[] linkKey) {
    private static final Logger LOG = LoggerFactory.getLogger("server");

    static StoreModule open(Foundation base) {
        Settings settings = base.settings();
        Closings closings = base.closings();
        Database database = Database.open(settings.database());
        SqliteEvents events = new SqliteEvents(database);
        closings.add("events", events::close);
        DatabaseWriter writer = new DatabaseWriter(database);
        SqliteIdempotencyStore requests = new SqliteIdempotencyStore(database, writer, base.clock());
        closings.add("requests", requests::close);
        SqliteLeaseStore leases = new SqliteLeaseStore(database, writer);
        closings.add("leases", leases::close);
        SqliteAuditLog audit =
                new SqliteAuditLog(database, writer, settings.audit().retention());
        closings.add("audit log", audit::close);
        closings.add("database", writer::close); // before those whose statements it executes
        SqliteApiKeyStore keys = new SqliteApiKeyStore(database, base.time());
        closings.add("keys", keys::close);
        return new StoreModule(
                writer,
                new SqliteMachineStore(database, writer, events, requests, base.clock()),
                new SqliteSnapshotStore(database, writer),
                events,
                requests,
                leases,
                keys,
                settings.audit()
                        .file()
                        .<AuditLog>map(file -> shipped(audit, file, closings))
                        .orElse(audit),
                FleetIdentity.of(database, base.random()),
                FleetIdentity.linkKey(database, base.random()));
    }

    private static AuditLog shipped(AuditLog stored, Path file, Closings closings) {
        FileAuditLog shipped = new FileAuditLog(
                stored,
                file,
                AuditJson::line,
                failure -> LOG.atError()
                        .addKeyValue("file", file)
                        .addKeyValue("error", SafeText.line(failure.toString()))
                        .log("audit_file_not_written"));
        closings.add("audit file", shipped::close);
        return shipped;
    }
}
