package dev.hyperfleet.core.access;

import dev.hyperfleet.core.MachineId;
import java.time.Instant;
import java.util.Optional;

/**
 * The exclusive right to change a machine, for a time.
 *
 * @param nonce the secret that identifies its holder
 * @param owner the name of the API key that took it; empty if keys are not checked
 * @param description its purpose, from its owner; at most 256 characters
 */
public record Lease(
        MachineId machine,
        String nonce,
        Optional<String> owner,
        Optional<String> description,
        Instant createdAt,
        Instant expiresAt) {
    /** Maximum characters of a description. */
    public static final int MAX_DESCRIPTION = 256;

    boolean isHeldAt(Instant now) {
        return now.isBefore(expiresAt);
    }

    Lease renewed(Instant expiry, Optional<String> otherDescription) {
        return new Lease(machine, nonce, owner, otherDescription.or(() -> description), createdAt, expiry);
    }
}
