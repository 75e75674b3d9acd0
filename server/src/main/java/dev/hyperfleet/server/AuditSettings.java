package dev.hyperfleet.server;

import dev.hyperfleet.store.SqliteAuditLog.Retention;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of the audit log.
 *
 * @param retention which records are kept
 * @param file an additional file for the records, to be shipped
 */
record AuditSettings(Retention retention, Optional<Path> file) {
    private static final int DEFAULT_RECORDS = 1_000_000;
    private static final int MAX_RECORDS = 100_000_000;
    private static final int DEFAULT_DAYS = 7;
    private static final int MAX_DAYS = 3650;

    static AuditSettings from(Environment environment) {
        return new AuditSettings(
                new Retention(
                        environment.integer("HYPERFLEET_AUDIT_RECORDS", 1, MAX_RECORDS, DEFAULT_RECORDS),
                        Duration.ofDays(environment.integer("HYPERFLEET_AUDIT_DAYS", 0, MAX_DAYS, DEFAULT_DAYS))),
                environment
                        .text("HYPERFLEET_AUDIT_FILE")
                        .map(file -> Path.of(file).toAbsolutePath()));
    }
}
