package dev.hyperfleet.core.request;

import java.util.Optional;

/**
 * A request that its sender may repeat, and that is to be carried out once. It goes along with the thread: the
 * change of a machine that is made for it is stored together with it.
 *
 * @param owner the id of the API key that it came with; empty where keys are not checked
 * @param key what its sender calls it; unique for each owner
 * @param fingerprint what is asked for: the same for each repetition
 */
public record IdempotentRequest(String owner, String key, String fingerprint) {
    private static final ScopedValue<IdempotentRequest> CURRENT = ScopedValue.newInstance();

    /** What this thread does something for. */
    public static Optional<IdempotentRequest> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** What it asks for; its answer. */
    public interface Operation<E extends Exception> {
        KeptAnswer run() throws E;
    }

    <E extends Exception> KeptAnswer carryOut(Operation<E> operation) throws E {
        return ScopedValue.where(CURRENT, this).<KeptAnswer, E>call(operation::run);
    }
}
