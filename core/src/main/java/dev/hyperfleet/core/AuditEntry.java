package dev.hyperfleet.core;

import java.time.Instant;
import java.util.Optional;

/**
 * A request that has changed something, or wanted to. Never anything of its body, and no secret.
 *
 * @param keyId the API key that it came with; empty where there was no valid one
 * @param keyName the key's name at that time
 * @param route the path as the API's description has it: "/machines/{id}/start"; "none" where there is no such path
 * @param machine the machine's id, where one is concerned
 * @param client the address that it came from
 * @param status of its answer
 * @param omitted how many requests without a valid key, or over the limit, were not recorded since the record before
 */
public record AuditEntry(
        Instant at,
        Optional<String> keyId,
        Optional<String> keyName,
        String method,
        String route,
        Optional<String> machine,
        String client,
        String requestId,
        int status,
        long omitted) {}
