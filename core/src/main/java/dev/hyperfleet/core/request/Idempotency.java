package dev.hyperfleet.core.request;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.request.IdempotencyStore.Attempt;
import dev.hyperfleet.core.request.IdempotentRequest.Operation;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Carries out requests once, however often they come. Also when the server ends in the middle of one: a change of a
 * machine is stored together with the request that it is made for, so that a repetition knows what is left to be
 * done; of what else was begun nobody knows the outcome, and a repetition is told so. Safe for concurrent use.
 */
public final class Idempotency {
    private final IdempotencyStore store;

    /** Fingerprints of the requests that are carried out now. An earlier server's are not. */
    private final Map<Name, String> underWay = new ConcurrentHashMap<>();

    private record Name(String owner, String key) {}

    /** Does the rest for a machine that was changed already; the answer. */
    public interface Continuation<E extends Exception> {
        KeptAnswer of(MachineId machine) throws E;
    }

    /** An answer, and whether it was given before. */
    public record Outcome(KeptAnswer answer, boolean replayed) {}

    public Idempotency(IdempotencyStore store) {
        this.store = store;
    }

    /**
     * The answer to a request: that of its first time, or that of the operation.
     *
     * @param continuation for operations whose first effect is a change of a machine; without it, the operation is
     *     noted before it begins
     * @throws HyperfleetException {@link ErrorCode#IDEMPOTENCY_KEY_REUSED} when the key is that of another request,
     *     {@link ErrorCode#IDEMPOTENCY_KEY_IN_USE} while it is carried out, {@link ErrorCode#OUTCOME_UNKNOWN} when it was
     *     begun and has no answer
     */
    public <E extends Exception> Outcome answer(
            IdempotentRequest request, Operation<E> operation, Optional<Continuation<E>> continuation) throws E {
        Name name = new Name(request.owner(), request.key());
        String before = underWay.putIfAbsent(name, request.fingerprint());
        if (before != null) {
            requireSame(request, before);
            throw new HyperfleetException(
                    ErrorCode.IDEMPOTENCY_KEY_IN_USE,
                    "The request with the Idempotency-Key '%s' is still being carried out. Try again in a moment."
                            .formatted(request.key()));
        }
        try {
            Optional<Attempt> attempt = store.find(request);
            return attempt.isPresent()
                    ? again(request, attempt.get(), continuation)
                    : first(request, operation, continuation.isPresent());
        } finally {
            underWay.remove(name);
        }
    }

    private <E extends Exception> Outcome first(
            IdempotentRequest request, Operation<E> operation, boolean isNotedWithItsChange) throws E {
        if (!isNotedWithItsChange) {
            store.begin(request);
        }
        return new Outcome(carryOut(request, operation), false);
    }

    private <E extends Exception> Outcome again(
            IdempotentRequest request, Attempt attempt, Optional<Continuation<E>> continuation) throws E {
        requireSame(request, attempt.fingerprint());
        if (attempt.answer().isPresent()) {
            return new Outcome(attempt.answer().get(), true);
        }
        if (attempt.machine().isPresent() && continuation.isPresent()) {
            MachineId machine = attempt.machine().get();
            return new Outcome(carryOut(request, () -> continuation.get().of(machine)), true);
        }
        throw new HyperfleetException(
                ErrorCode.OUTCOME_UNKNOWN,
                ("The request with the Idempotency-Key '%s' was begun, and its answer is not known: the server ended"
                                + " meanwhile, or the answer had more than %d bytes. Look at what it has done; a new key asks anew.")
                        .formatted(request.key(), KeptAnswer.MAX_BODY_BYTES));
    }

    private <E extends Exception> KeptAnswer carryOut(IdempotentRequest request, Operation<E> operation) throws E {
        boolean settled = false;
        try {
            KeptAnswer answer = RequestContext.current().carryingOut(request).<KeptAnswer, E>call(operation::run);
            settled = answer.settlesRequest();
            if (settled && answer.canBeKept()) {
                store.complete(request, answer);
            }
            return answer;
        } finally {
            if (!settled) {
                store.release(request);
            }
        }
    }

    private static void requireSame(IdempotentRequest request, String fingerprint) {
        if (!fingerprint.equals(request.fingerprint())) {
            throw new HyperfleetException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "The Idempotency-Key '%s' was used with another method, path, query or body. A new request wants a new key."
                            .formatted(request.key()));
        }
    }
}
