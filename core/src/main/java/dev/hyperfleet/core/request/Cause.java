package dev.hyperfleet.core.request;

import dev.hyperfleet.core.machine.Owner;
import java.util.Optional;

/**
 * The request, and the API key or automation, on whose behalf something is done, if any.
 *
 * @param requestId of the request that caused it
 * @param actor the API key's name, or the part of the server that acts by itself
 * @param keyId the API key's id; it is not part of stored events
 */
public record Cause(Optional<String> requestId, Optional<String> actor, Optional<String> keyId) {
    static final Cause NONE = new Cause(Optional.empty(), Optional.empty());

    /** A cause without the id of a key. */
    public Cause(Optional<String> requestId, Optional<String> actor) {
        this(requestId, actor, Optional.empty());
    }

    /** The owner of what is created on its behalf; empty if keys are not checked. */
    public Optional<Owner> owner() {
        return actor.map(name -> new Owner(name, keyId));
    }

    /** A part of the server that acts by itself. */
    public static Cause of(String actor) {
        return new Cause(Optional.empty(), Optional.of(actor));
    }
}
