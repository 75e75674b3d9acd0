package dev.hyperfleet.core.request;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * The request, and the API key or automation, on whose behalf something is done, if any. It goes along with the thread, and with a
 * transition that goes on after its thread has left.
 *
 * @param requestId of the request that asked for it
 * @param actor the API key's name; or what in the server itself has its reason
 */
public record Cause(Optional<String> requestId, Optional<String> actor) {
    private static final ScopedValue<Cause> CURRENT = ScopedValue.newInstance();
    private static final Cause NOBODY = new Cause(Optional.empty(), Optional.empty());

    /** The cause of what this thread does; empty if the server acts by itself. */
    public static Cause current() {
        return CURRENT.orElse(NOBODY);
    }

    /** A reason in the server itself. */
    public static Cause of(String actor) {
        return new Cause(Optional.empty(), Optional.of(actor));
    }

    /** Does something for this cause. */
    public <T> T call(Supplier<T> action) {
        return ScopedValue.where(CURRENT, this).call(action::get);
    }

    /** Something that is done for a cause, and may fail. */
    public interface Action<E extends Exception> {
        void run() throws E;
    }

    /** Does something for this cause. */
    public <E extends Exception> void run(Action<E> action) throws E {
        ScopedValue.where(CURRENT, this).<Boolean, E>call(() -> {
            action.run();
            return true;
        });
    }
}
