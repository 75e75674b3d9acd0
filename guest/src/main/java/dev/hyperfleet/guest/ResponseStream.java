package dev.hyperfleet.guest;

import dev.hyperfleet.core.ErrorCode;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The stream of an agent's responses to one call. For one reading thread; any may cancel it.
 *
 * @param refusals the statuses with which the agent may refuse a user's mistake
 */
record ResponseStream<T>(
        BlockingClientCall<?, T> call, GrpcErrors failures, Function<Status.Code, @Nullable ErrorCode> refusals) {
    /** The next response; null at the end. */
    @Nullable
    T next(Duration timeout) throws TimeoutException {
        try {
            return call.read(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (StatusException failure) {
            throw failures.of(failure, refusals);
        } catch (InterruptedException interrupted) {
            throw GrpcErrors.interrupted(interrupted);
        }
    }

    /** The same, but a silent agent counts as failed. */
    @Nullable
    T nextInTime() {
        try {
            return next(GrpcCalls.PATIENCE);
        } catch (TimeoutException silent) {
            throw failures.of(Status.DEADLINE_EXCEEDED.withCause(silent).asException(), refusals);
        }
    }

    /** Ends the call, and with it its reader. */
    void cancel() {
        call.cancel("closed", null);
    }
}
