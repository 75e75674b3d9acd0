package dev.hyperfleet.core.audit;

import java.time.Instant;
import java.util.Optional;

/**
 * A request that has changed something, or wanted to; a command of the server's host that has changed something; or how many
 * requests were refused and not recorded. Never anything of a body, and no secret.
 *
 * @param keyId the API key that it came with; empty where there was no valid one, as with a command
 * @param keyName the key's name at that time
 * @param route the path as the API's description has it: "/machines/{id}/start"; "none" where there is no such path; a
 *     command's words
 * @param machine the machine's id, where one is concerned
 * @param client the address that it came from; a command's user
 * @param status of its answer; 0 for what is no request
 * @param omitted how many refused requests of the key, or without a valid one, this stands for; 0 for a request or a command
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
    private static final String OMITTED = "OMITTED";
    private static final int FIRST_REFUSAL = 400;

    /** The number of refused requests, of a key or without one, that are not recorded singly. */
    public static AuditEntry ofOmitted(Instant at, Optional<String> keyId, Optional<String> keyName, long omitted) {
        return new AuditEntry(
                at, keyId, keyName, OMITTED, "refused requests", Optional.empty(), "server", "", 0, omitted);
    }

    /** What was done on the server's host, where no key is needed. */
    public static AuditEntry ofCommand(Instant at, String words, String user, String id) {
        return new AuditEntry(
                at, Optional.empty(), Optional.empty(), COMMAND, words, Optional.empty(), "user " + user, id, 0, 0);
    }

    /** Whether it is of something that has been done, and was not refused. */
    public boolean isOfSuccess() {
        return status < FIRST_REFUSAL;
    }
}
