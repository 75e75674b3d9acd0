package dev.hyperfleet.core.audit;

import java.time.Instant;
import java.util.Optional;

/**
 * A request that changed something, or tried to; a command on the server's host that changed something; or a count of
 * refused requests that were not recorded. Never contains any part of a body, or a secret.
 *
 * @param keyId the request's API key; empty if there was no valid one, and for a command
 * @param keyName the key's name at that time
 * @param route the path as in the API's description: "/machines/{id}/start"; "none" if there is no such path; for a
 * command, its words
 * @param machine the machine's id, if the request concerns one
 * @param client the address that it came from; for a command, its user
 * @param status of its response; 0 if it is not a request
 * @param omitted the number of refused requests of the key, or without a valid one, that this entry counts; 0 for a
 * request or a command
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

    /** A count of refused requests, of a key or without one, that are not recorded individually. */
    public static AuditEntry ofOmitted(Instant at, Optional<String> keyId, Optional<String> keyName, long omitted) {
        return new AuditEntry(
                at, keyId, keyName, OMITTED, "refused requests", Optional.empty(), "server", "", 0, omitted);
    }

    /** A command on the server's host, which needs no key. */
    public static AuditEntry ofCommand(Instant at, String words, String user, String id) {
        return new AuditEntry(
                at, Optional.empty(), Optional.empty(), COMMAND, words, Optional.empty(), "user " + user, id, 0, 0);
    }

    /** Whether the request or command was carried out, and not refused. */
    public boolean isOfSuccess() {
        return status < FIRST_REFUSAL;
    }
}
