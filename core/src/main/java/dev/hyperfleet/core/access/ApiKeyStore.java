package dev.hyperfleet.core.access;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;

/**
 * Port: where API keys are kept. Other processes change them too (the command line), so a reader asks
 * for {@link #keys} each time; that is cheap while nothing has changed. Safe for concurrent use.
 */
public interface ApiKeyStore {
    /** All keys, oldest first. */
    List<ApiKey> keys();

    /**
     * Adds a key.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} when the name is taken
     */
    void insert(ApiKey key);

    /** Removes the key of this id or name; whether there was one. */
    boolean delete(String idOrName);
}
