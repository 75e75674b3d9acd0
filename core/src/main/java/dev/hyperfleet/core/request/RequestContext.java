package dev.hyperfleet.core.request;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Machine;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The context of the request that a thread serves. It is bound to the thread for the duration of a call; work that
 * continues on another thread uses {@link #continued}. Immutable.
 *
 * @param cause what the request's effects are attributed to
 * @param conditions throws a {@link HyperfleetException} for a machine that the request must not change. It is called
 * when a change is decided, while nothing else changes the machine; observations are not subject to it
 * @param idempotent the request, if its sender may repeat it: the change of a machine is stored together with it
 */
public record RequestContext(Cause cause, Consumer<Machine> conditions, Optional<IdempotentRequest> idempotent) {
    private static final ScopedValue<RequestContext> CURRENT = ScopedValue.newInstance();
    private static final RequestContext NONE = of(Cause.NONE);

    /** An action that may fail. */
    public interface Action<E extends Exception> {
        void run() throws E;
    }

    /** The context of this thread; empty if none is bound. */
    public static RequestContext current() {
        return CURRENT.orElse(NONE);
    }

    /** A context without conditions, and without a repeatable request. */
    public static RequestContext of(Cause cause) {
        return new RequestContext(cause, _ -> {}, Optional.empty());
    }

    /** The same with one more condition. */
    public RequestContext under(Consumer<Machine> condition) {
        return new RequestContext(cause, conditions.andThen(condition), idempotent);
    }

    /** The same for a request that its sender may repeat. */
    RequestContext carryingOut(IdempotentRequest request) {
        return new RequestContext(cause, conditions, Optional.of(request));
    }

    /** For work that continues after the change was decided and stored: only the cause. */
    public RequestContext continued() {
        return of(cause);
    }

    /** Refuses to change the machine if a condition does not hold for it. */
    public void check(Machine machine) {
        conditions.accept(machine);
    }

    /** Runs an action in this context. */
    public <T, E extends Exception> T call(ScopedValue.CallableOp<T, E> action) throws E {
        return ScopedValue.where(CURRENT, this).call(action);
    }

    /** Runs an action in this context. */
    public <E extends Exception> void run(Action<E> action) throws E {
        this.<Boolean, E>call(() -> {
            action.run();
            return true;
        });
    }
}
