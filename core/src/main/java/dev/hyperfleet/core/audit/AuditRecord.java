package dev.hyperfleet.core.audit;

/**
 * An entry with its position in the log.
 *
 * @param link its position; its hash covers the previous record, and thus all previous ones
 */
public record AuditRecord(AuditChain.Link link, AuditEntry entry) {}
