package dev.hyperfleet.core.audit;

/**
 * An entry in its place in the log.
 *
 * @param link its place; its hash covers the record before, and so all before
 */
public record AuditRecord(AuditChain.Link link, AuditEntry entry) {}
