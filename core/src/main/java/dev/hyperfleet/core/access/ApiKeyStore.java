package dev.hyperfleet.core.access;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;
import java.util.Optional;

/**
 * Port: stores API keys. Other processes (the command line) change them too, so callers must read them each time; that
 * is cheap while nothing has changed. Safe for concurrent use.
 */
public interface ApiKeyStore {
    /** All keys, oldest first. */
    List<ApiKey> keys();

    /** The key with this SHA-256, in lower-case hexadecimal, as of at most a millisecond ago. */
    Optional<ApiKey> find(String sha256);

    /**
     * Adds a key.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} if the name is taken
     */
    void insert(ApiKey key);

    /** Removes the key of this id or name; returns whether there was one. */
    boolean delete(String idOrName);
}
