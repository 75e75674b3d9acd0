package dev.hyperfleet.store;

import dev.hyperfleet.core.audit.AuditChain.Link;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.audit.AuditRecord;
import java.time.Instant;
import java.util.Optional;

/** A row of the table {@code audit}. */
record AuditRow(
        long sequence,
        Instant at,
        Optional<String> keyId,
        Optional<String> keyName,
        String method,
        String route,
        Optional<String> machineId,
        String client,
        String requestId,
        int status,
        long omitted,
        String hash) {
    static final Columns<AuditRow> COLUMNS = Columns.of(AuditRow.class);

    static AuditRow of(AuditRecord record) {
        AuditEntry entry = record.entry();
        return new AuditRow(
                record.link().sequence(),
                entry.at(),
                entry.keyId(),
                entry.keyName(),
                entry.method(),
                entry.route(),
                entry.machine(),
                entry.client(),
                entry.requestId(),
                entry.status(),
                entry.omitted(),
                record.link().hash());
    }

    AuditRecord record() {
        return new AuditRecord(
                new Link(sequence, hash),
                new AuditEntry(at, keyId, keyName, method, route, machineId, client, requestId, status, omitted));
    }
}
