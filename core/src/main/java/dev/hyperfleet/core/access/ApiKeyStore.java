package dev.hyperfleet.core.access;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: stores API keys. Other processes (the command line) change them too, so callers must read them each time; that
 * is cheap while nothing has changed. Safe for concurrent use.
 */
public interface ApiKeyStore {
    /** All keys, oldest first. */
    List<ApiKey> keys();

    /**
     * The key that has or had a secret with this SHA-256, in lower-case hexadecimal, as of at most a millisecond ago.
     * Whether that secret is still valid is for the caller to check.
     */
    Optional<ApiKey> find(String sha256);

    /**
     * Adds a key.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} if the name is taken
     */
    void insert(ApiKey key);

    /**
     * Replaces the secret of a key, in one step.
     *
     * @param id of the key
     * @param sha256 of the new secret
     * @param until from when on the present secret is invalid; empty to forget it at once. An older one is forgotten
     * @return whether there was such a key
     */
    boolean rotate(String id, String sha256, Optional<Instant> until);

    /** Removes the key of this id or name; returns whether there was one. */
    boolean delete(String idOrName);
}
