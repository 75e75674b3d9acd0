package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;

/** The HTTP statuses of errors; docs/openapi.yaml lists them, too. */
public final class ErrorStatus {
    private ErrorStatus() {}

    /** The status of an error. */
    public static int of(ErrorCode code) {
        return switch (code) {
            case BAD_REQUEST, UNSUPPORTED, VALIDATION_ERROR -> 400;
            case UNAUTHORIZED -> 401;
            case FORBIDDEN, QUOTA_EXCEEDED -> 403;
            case NOT_FOUND -> 404;
            case METHOD_NOT_ALLOWED -> 405;
            case CONFLICT, LEASED, LEASE_LOST, IDEMPOTENCY_KEY_IN_USE, OUTCOME_UNKNOWN -> 409;
            case PRECONDITION_FAILED -> 412;
            case PAYLOAD_TOO_LARGE -> 413;
            case UNSUPPORTED_MEDIA_TYPE -> 415;
            case RANGE_NOT_SATISFIABLE -> 416;
            case IDEMPOTENCY_KEY_REUSED -> 422;
            case UPGRADE_REQUIRED -> 426;
            case TOO_MANY_REQUESTS -> 429;
            case INTERNAL_ERROR -> 500;
            case MACHINE_FAILED, PORT_CLOSED, GUEST_ERROR -> 502;
            case UNAVAILABLE -> 503;
            case TIMEOUT -> 504;
            case INSUFFICIENT_STORAGE -> 507;
        };
    }
}
