package dev.hyperfleet.core;

import java.time.Instant;
import java.util.Optional;

/**
 * A request that has changed something, or wanted to, or a command of the server's host that has changed something.
 * Never anything of a body, and no secret.
 *
 * @param keyId the API key that it came with; empty where there was no valid one, as with a command
 * @param keyName the key's name at that time
 * @param route the path as the API's description has it: "/machines/{id}/start"; "none" where there is no such path; a
 *     command's words
 * @param machine the machine's id, where one is concerned
 * @param client the address that it came from; a command's user
 * @param status of its answer; a command's is 0
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
        long omitted) {
    private static final String COMMAND = "COMMAND";

    /** What somebody has done on the server's host, who needed no key. */
    public static AuditEntry ofCommand(Instant at, String words, String user, String id) {
        return new AuditEntry(
                at, Optional.empty(), Optional.empty(), COMMAND, words, Optional.empty(), "user " + user, id, 0, 0);
    }
}
