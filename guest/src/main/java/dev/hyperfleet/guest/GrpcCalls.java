package dev.hyperfleet.guest;

import dev.hyperfleet.core.ErrorCode;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.AbstractStub;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Unary calls of one service of an agent.
 *
 * @param stub the service
 * @param refusals the statuses with which the agent may refuse a user's mistake
 */
record GrpcCalls<S extends AbstractStub<S>>(
        S stub, GrpcErrors failures, Function<Status.Code, @Nullable ErrorCode> refusals) {
    /** The timeout of a response; an emulated guest under load is slow. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A call. */
    interface Call<S, T> {
        T of(S stub) throws StatusException, InterruptedException;
    }

    <T> T ask(Call<S, T> call) {
        return ask(PATIENCE, call);
    }

    <T> T ask(Duration timeout, Call<S, T> call) {
        try {
            return call.of(stub.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusException failure) {
            throw failures.of(failure, refusals);
        } catch (InterruptedException interrupted) {
            throw GrpcErrors.interrupted(interrupted);
        }
    }
}
