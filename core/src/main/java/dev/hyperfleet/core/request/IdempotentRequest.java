package dev.hyperfleet.core.request;

/**
 * A request that its sender may repeat, and that is to be carried out once.
 *
 * @param owner the id of the API key that it came with; empty where keys are not checked
 * @param key what its sender calls it; unique for each owner
 * @param fingerprint what is asked for: the same for each repetition
 */
public record IdempotentRequest(String owner, String key, String fingerprint) {
    /** What it asks for; its answer. */
    public interface Operation<E extends Exception> {
        KeptAnswer run() throws E;
    }
}
