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
 * Carries out each request once, however often it is sent, even if the server ends in the middle of it: a change of a
 * machine is stored together with its request, so that a repetition can do what remains to be done; for any other
 * started operation the outcome is unknown, and a repetition gets that error. Safe for concurrent use.
 */
public final class Idempotency {
    private final IdempotencyStore store;

    /** Fingerprints of the requests in progress in this server. */
    private final Map<Name, String> underWay = new ConcurrentHashMap<>();

    private record Name(String owner, String key) {}

    /** Completes the request for a machine that was changed already, and returns the response. */
    public interface Continuation<E extends Exception> {
        StoredResponse of(MachineId machine) throws E;
    }

    /** A response, and whether it is a replay. */
    public record Outcome(StoredResponse answer, boolean replayed) {}

    public Idempotency(IdempotencyStore store) {
        this.store = store;
    }

    /**
     * The response to a request: the stored one, or that of the operation.
     *
     * @param continuation for operations whose first effect is a change of a machine; without it, the operation is
     * recorded before it begins
     * @throws HyperfleetException {@link ErrorCode#IDEMPOTENCY_KEY_REUSED} if the key belongs to another request,
     * {@link ErrorCode#IDEMPOTENCY_KEY_IN_USE} while it is in progress, {@link ErrorCode#OUTCOME_UNKNOWN} if it was
     * started and has no response
     */
    public <E extends Exception> Outcome answer(
            IdempotentRequest request, Operation<E> operation, Optional<Continuation<E>> continuation) throws E {
        Name name = new Name(request.owner(), request.key());
        String before = underWay.putIfAbsent(name, request.fingerprint());
        if (before != null) {
            requireSame(request, before);
            throw new HyperfleetException(
                    ErrorCode.IDEMPOTENCY_KEY_IN_USE,
                    "The request with the Idempotency-Key '%s' is still in progress. Try again in a moment."
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
                ("The request with the Idempotency-Key '%s' was started, and its outcome is unknown: the server ended"
                                + " meanwhile, or the response had more than %d bytes. Check what it has done; to "
                                + "repeat it, send a new key.")
                        .formatted(request.key(), StoredResponse.MAX_BODY_BYTES));
    }

    private <E extends Exception> StoredResponse carryOut(IdempotentRequest request, Operation<E> operation) throws E {
        boolean settled = false;
        try {
            StoredResponse answer =
                    RequestContext.current().carryingOut(request).<StoredResponse, E>call(operation::run);
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
                    ("The Idempotency-Key '%s' was used with another method, path, query or body. Use a new key "
                                    + "for a new request.")
                            .formatted(request.key()));
        }
    }
}
