package dev.hyperfleet.core.access;

import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Owner;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * An API key as stored: without its secrets.
 *
 * @param id identifies it for ever, also after its secret was replaced
 * @param name its owner's name for it; unique
 * @param sha256 the SHA-256 of its secret, in lower-case hexadecimal
 * @param quota of the machines that it created
 * @param expiresAt from when on it is invalid, whichever secret is used
 * @param retired the secret before its last rotation, if that secret had a period of grace
 */
public record ApiKey(
        String id,
        String name,
        String sha256,
        Set<Scope> scopes,
        Quota quota,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<RetiredSecret> retired) {
    public ApiKey {
        scopes = Set.copyOf(scopes);
    }

    /** A key with one secret. */
    public ApiKey(
            String id,
            String name,
            String sha256,
            Set<Scope> scopes,
            Quota quota,
            Instant createdAt,
            Optional<Instant> expiresAt) {
        this(id, name, sha256, scopes, quota, createdAt, expiresAt, Optional.empty());
    }

    /**
     * A secret that a newer one has replaced.
     *
     * @param sha256 its SHA-256, in lower-case hexadecimal
     * @param until from when on it is invalid
     */
    public record RetiredSecret(String sha256, Instant until) {}

    /** Whether it has this scope. */
    public boolean allows(Scope scope) {
        return scopes.contains(Scope.ALL) || scopes.contains(scope);
    }

    /** Whether it is not limited to the machines that it has created. */
    public boolean seesAll() {
        return !scopes.contains(Scope.MACHINES_OWN);
    }

    /** Whether the machine exists for this key. */
    public boolean sees(Machine machine) {
        return sees(machine.owner());
    }

    /** Whether what this owner has created exists for this key. */
    public boolean sees(Optional<Owner> owner) {
        return seesAll() || owner.flatMap(Owner::keyId).filter(id::equals).isPresent();
    }

    /** Whether it has expired by then, with all its secrets. */
    public boolean hasExpired(Instant now) {
        return expiresAt.isPresent() && !now.isBefore(expiresAt.get());
    }

    /** Whether the secret with this hash is valid then. */
    public boolean accepts(String hash, Instant now) {
        boolean isRetired = retired.filter(old -> old.sha256().equals(hash) && now.isBefore(old.until()))
                .isPresent();
        return !hasExpired(now) && (sha256.equals(hash) || isRetired);
    }
}
