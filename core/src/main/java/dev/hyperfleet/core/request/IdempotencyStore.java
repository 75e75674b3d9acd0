package dev.hyperfleet.core.request;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineStore;
import java.time.Duration;
import java.util.Optional;

/**
 * Port: repeatable requests, with their responses. A request is kept for {@link #KEPT}, and at least the last {@link
 * #KEPT_FOR_EACH_OWNER} of each owner. {@link MachineStore} stores a machine's change and its request in one
 * transaction. Each method returns once its effect survives a power cut, or throws {@link HyperfleetException}. Safe
 * for concurrent use.
 */
public interface IdempotencyStore {
    Duration KEPT = Duration.ofHours(24);
    int KEPT_FOR_EACH_OWNER = 10_000;

    /**
     * The record of a request.
     *
     * @param machine the machine that it changed
     * @param answer empty while it is in progress, or if there was no response that could be stored
     */
    record Attempt(String fingerprint, Optional<MachineId> machine, Optional<StoredResponse> answer) {}

    /** The request of this owner and key. */
    Optional<Attempt> find(IdempotentRequest request);

    /** Records that it is in progress. */
    void begin(IdempotentRequest request);

    /** Stores its response. */
    void complete(IdempotentRequest request, StoredResponse answer);

    /** Forgets it, unless it changed a machine: it may be carried out again. */
    void release(IdempotentRequest request);
}
