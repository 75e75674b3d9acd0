package dev.hyperfleet.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SafeText;
import io.grpc.Status;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The error messages for failed calls to an agent.
 *
 * @param id of the agent's machine
 */
record GrpcErrors(MachineId id) {
    private static final int MAX_DESCRIPTION = 500;

    /** The agent's refusals that concern a process; see process.proto. A missing program counts too. */
    static @Nullable ErrorCode ofStart(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED -> ErrorCode.BAD_REQUEST;
            case FAILED_PRECONDITION -> ErrorCode.TOO_MANY_REQUESTS;
            default -> null;
        };
    }

    static @Nullable ErrorCode ofProcess(Status.Code code) {
        return switch (code) {
            case NOT_FOUND -> ErrorCode.NOT_FOUND;
            case INVALID_ARGUMENT -> ErrorCode.BAD_REQUEST;
            default -> null;
        };
    }

    /** See file.proto. */
    static @Nullable ErrorCode ofFile(Status.Code code) {
        return switch (code) {
            case NOT_FOUND -> ErrorCode.NOT_FOUND;
            case INVALID_ARGUMENT, PERMISSION_DENIED -> ErrorCode.BAD_REQUEST;
            case ALREADY_EXISTS -> ErrorCode.CONFLICT;
            case FAILED_PRECONDITION -> ErrorCode.PRECONDITION_FAILED;
            case RESOURCE_EXHAUSTED -> ErrorCode.INSUFFICIENT_STORAGE;
            default -> null;
        };
    }

    /** No response to this is the user's mistake. */
    static @Nullable ErrorCode ofAgent(Status.Code code) {
        return null;
    }

    /** A hook of the guest's administrator has failed; see agent.proto. The message names it. */
    static @Nullable ErrorCode ofHook(Status.Code code) {
        return code == Status.Code.FAILED_PRECONDITION ? ErrorCode.GUEST_ERROR : null;
    }

    /**
     * The exception for a status: a refusal by the agent is the user's mistake, with the agent's message. Any other
     * failure is the guest's; the library's message is in the cause, for the log.
     *
     * @param refusals null for a status that is not a refusal
     */
    HyperfleetException of(Throwable failure, Function<Status.Code, @Nullable ErrorCode> refusals) {
        Status status = Status.fromThrowable(failure);
        String description = readable(String.valueOf(status.getDescription()));
        @Nullable ErrorCode refusal = refusals.apply(status.getCode());
        if (refusal != null) {
            return withReason(status.getCode(), new HyperfleetException(refusal, description, failure));
        }
        return switch (status.getCode()) {
            case DEADLINE_EXCEEDED ->
                new HyperfleetException(
                        ErrorCode.GUEST_ERROR,
                        "The agent in machine %s has not answered in time".formatted(id),
                        failure);
            case UNIMPLEMENTED ->
                new HyperfleetException(
                        ErrorCode.GUEST_ERROR,
                        "The agent in machine %s is from an older Hyperfleet: restart the machine".formatted(id),
                        failure);
            case UNAVAILABLE, CANCELLED ->
                new HyperfleetException(
                        ErrorCode.GUEST_ERROR,
                        "The agent in machine %s no longer answers: the machine may have ended".formatted(id),
                        failure);
            default ->
                new HyperfleetException(
                        ErrorCode.GUEST_ERROR,
                        "The agent in machine %s failed (%s)".formatted(id, status.getCode()),
                        failure);
        };
    }

    /** Tells programs apart what the API's code does not: why a command cannot be started. */
    private static HyperfleetException withReason(Status.Code status, HyperfleetException refusal) {
        if (refusal.code() != ErrorCode.BAD_REQUEST) {
            return refusal;
        }
        return switch (status) {
            case NOT_FOUND -> refusal.with("reason", "program_not_found");
            case PERMISSION_DENIED -> refusal.with("reason", "not_permitted");
            default -> refusal;
        };
    }

    /** The agent has answered, but with impossible values. */
    HyperfleetException outOfBounds(String what) {
        return new HyperfleetException(
                ErrorCode.GUEST_ERROR, "The agent in machine %s sent an invalid response: %s".formatted(id, what));
    }

    /** The calling thread was interrupted. */
    static HyperfleetException interrupted(InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
    }

    /** The guest wrote it: it may contain anything, of any length. */
    static String readable(String text) {
        return SafeText.line(Excerpt.of(text, MAX_DESCRIPTION));
    }
}
