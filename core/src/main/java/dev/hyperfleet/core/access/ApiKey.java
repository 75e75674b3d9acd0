package dev.hyperfleet.core.access;

import dev.hyperfleet.core.control.Quota;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * An API key as stored: without the key itself.
 *
 * @param id identifies it in lists and for revocation
 * @param name its owner's name for it; unique
 * @param sha256 the SHA-256 of the key, in lower-case hexadecimal
 * @param quota of the machines that it created
 * @param expiresAt from when on it is invalid
 */
public record ApiKey(
        String id,
        String name,
        String sha256,
        Set<Scope> scopes,
        Quota quota,
        Instant createdAt,
        Optional<Instant> expiresAt) {
    public ApiKey {
        scopes = Set.copyOf(scopes);
    }

    /** Whether it has this scope. */
    public boolean allows(Scope scope) {
        return scopes.contains(Scope.ALL) || scopes.contains(scope);
    }
}
