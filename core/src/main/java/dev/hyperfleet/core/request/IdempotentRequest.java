package dev.hyperfleet.core.request;

/**
 * A request that its sender may repeat, and that is carried out once.
 *
 * @param owner the id of the request's API key; empty if keys are not checked
 * @param key the sender's name for it; unique per owner
 * @param fingerprint of the request's content: the same for each repetition
 */
public record IdempotentRequest(String owner, String key, String fingerprint) {
    /** The operation, which returns its response. */
    public interface Operation<E extends Exception> {
        StoredResponse run() throws E;
    }
}
