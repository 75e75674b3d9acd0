package dev.hyperfleet.core;

/** What kind of error it is; part of the API. */
public enum ErrorCode {
    /** The request cannot be carried out as things are. */
    BAD_REQUEST(400),
    /** This host cannot do it; the message says what it lacks. */
    UNSUPPORTED(400),
    /** A field of the request is wrong. */
    VALIDATION_ERROR(400),
    /** No valid API key. */
    UNAUTHORIZED(401),
    /** The API key lacks the scope. */
    FORBIDDEN(403),
    /** It would be more than the host, or the API key, may have. */
    QUOTA_EXCEEDED(403),
    /** There is no such thing. */
    NOT_FOUND(404),
    /** The path is known, the method is not. */
    METHOD_NOT_ALLOWED(405),
    /** It collides with something that exists, or with a state that will not change. */
    CONFLICT(409),
    /** Somebody else has a lease on the machine. */
    LEASED(409),
    /** The lease that the request insists on is over. */
    LEASE_LOST(409),
    /** The request of this idempotency key is still being carried out. */
    IDEMPOTENCY_KEY_IN_USE(409),
    /** The request of this idempotency key was begun, and its answer is not known. */
    OUTCOME_UNKNOWN(409),
    /** The idempotency key is that of another request. */
    IDEMPOTENCY_KEY_REUSED(422),
    /** It is not of the version that the request is about. */
    PRECONDITION_FAILED(412),
    /** Beyond the end of the file. */
    RANGE_NOT_SATISFIABLE(416),
    /** The body is too large. */
    PAYLOAD_TOO_LARGE(413),
    /** The body is not JSON. */
    UNSUPPORTED_MEDIA_TYPE(415),
    /** It is for WebSockets. */
    UPGRADE_REQUIRED(426),
    /** What was waited for has not come in time. */
    TIMEOUT(504),
    /** The machine could not be started. */
    MACHINE_FAILED(502),
    /** Nothing listens on the guest's port. */
    PORT_CLOSED(502),
    /** There are too many of something at a time, or too often. */
    TOO_MANY_REQUESTS(429),
    /** The agent in the guest is silent, or does not speak the protocol. */
    GUEST_ERROR(502),
    /** The host's disk is full, or has less room than it should have. */
    INSUFFICIENT_STORAGE(507),
    /** The server is stopping. */
    UNAVAILABLE(503),
    /** Our fault. */
    INTERNAL_ERROR(500);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    /** The HTTP status that goes with it. */
    public int status() {
        return status;
    }
}
