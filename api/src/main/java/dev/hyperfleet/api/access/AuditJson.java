package dev.hyperfleet.api.access;

import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.audit.AuditRecord;
import dev.hyperfleet.http.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A record of the audit log as sent to clients: AuditRecord in the API's description. */
public record AuditJson(
        long sequence,
        Instant at,
        @Nullable String keyId,
        @Nullable String keyName,
        String method,
        String route,
        @Nullable String machineId,
        String client,
        String requestId,
        int status,
        long omitted,
        String hash) {
    static AuditJson of(AuditRecord record) {
        AuditEntry entry = record.entry();
        return new AuditJson(
                record.link().sequence(),
                entry.at(),
                entry.keyId().orElse(null),
                entry.keyName().orElse(null),
                entry.method(),
                entry.route(),
                entry.machine().orElse(null),
                entry.client(),
                entry.requestId(),
                entry.status(),
                entry.omitted(),
                record.link().hash());
    }

    /** A record in one line, without a newline. */
    public static String line(AuditRecord record) {
        return Json.MAPPER.writeValueAsString(of(record));
    }
}
