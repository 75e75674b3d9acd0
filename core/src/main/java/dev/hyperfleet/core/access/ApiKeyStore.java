package dev.hyperfleet.core.access;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;
import java.util.Optional;

/**
 * Port: where API keys are kept. Other processes change them too (the command line), so a reader asks
 * each time; that is cheap while nothing has changed. Safe for concurrent use.
 */
public interface ApiKeyStore {
    /** All keys, oldest first. */
    List<ApiKey> keys();

    /** The key of which this is the SHA-256, in lower-case hexadecimal. */
    Optional<ApiKey> find(String sha256);

    /**
     * Adds a key.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} when the name is taken
     */
    void insert(ApiKey key);

    /** Removes the key of this id or name; whether there was one. */
    boolean delete(String idOrName);
}
