package dev.hyperfleet.core.request;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineStore;
import java.time.Duration;
import java.util.Optional;

/**
 * Port: the requests that may be repeated, with their answers. A request is kept for {@link #KEPT}, and the last
 * {@link #KEPT_FOR_EACH_OWNER} of each owner at least. {@link MachineStore} stores a machine's change and the request
 * that it is made for in one step. Each method returns once its effect survives a power cut, or throws
 * {@link HyperfleetException}. Safe for concurrent use.
 */
public interface IdempotencyStore {
    Duration KEPT = Duration.ofHours(24);
    int KEPT_FOR_EACH_OWNER = 10_000;

    /**
     * What is known of a request.
     *
     * @param machine the machine that was changed for it
     * @param answer empty while it is carried out, or where that came to no answer that could be kept
     */
    record Attempt(String fingerprint, Optional<MachineId> machine, Optional<KeptAnswer> answer) {}

    /** The request of this owner and key. */
    Optional<Attempt> find(IdempotentRequest request);

    /** Notes that it is carried out from now on. */
    void begin(IdempotentRequest request);

    /** Keeps its answer. */
    void complete(IdempotentRequest request, KeptAnswer answer);

    /** Forgets it, unless a machine was changed for it: it may be carried out anew. */
    void release(IdempotentRequest request);
}
