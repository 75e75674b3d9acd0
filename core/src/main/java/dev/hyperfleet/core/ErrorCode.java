package dev.hyperfleet.core;

/** What kind of error it is; part of the API. */
public enum ErrorCode {
    /** The request cannot be carried out as things are. */
    BAD_REQUEST,
    /** This host cannot do it; the message says what it lacks. */
    UNSUPPORTED,
    /** A field of the request is wrong. */
    VALIDATION_ERROR,
    /** No valid API key. */
    UNAUTHORIZED,
    /** The API key lacks the scope. */
    FORBIDDEN,
    /** It would be more than the host, or the API key, may have. */
    QUOTA_EXCEEDED,
    /** There is no such thing. */
    NOT_FOUND,
    /** The path is known, the method is not. */
    METHOD_NOT_ALLOWED,
    /** It collides with something that exists, or with a state that will not change. */
    CONFLICT,
    /** Somebody else has a lease on the machine. */
    LEASED,
    /** The lease that the request insists on is over. */
    LEASE_LOST,
    /** The request of this idempotency key is still being carried out. */
    IDEMPOTENCY_KEY_IN_USE,
    /** The request of this idempotency key was begun, and its answer is not known. */
    OUTCOME_UNKNOWN,
    /** The idempotency key is that of another request. */
    IDEMPOTENCY_KEY_REUSED,
    /** It is not of the version that the request is about. */
    PRECONDITION_FAILED,
    /** Beyond the end of the file. */
    RANGE_NOT_SATISFIABLE,
    /** The body is too large. */
    PAYLOAD_TOO_LARGE,
    /** The body is not JSON. */
    UNSUPPORTED_MEDIA_TYPE,
    /** It is for WebSockets. */
    UPGRADE_REQUIRED,
    /** What was waited for has not come in time. */
    TIMEOUT,
    /** The machine could not be started. */
    MACHINE_FAILED,
    /** Nothing listens on the guest's port. */
    PORT_CLOSED,
    /** There are too many of something at a time, or too often. */
    TOO_MANY_REQUESTS,
    /** The agent in the guest is silent, or does not speak the protocol. */
    GUEST_ERROR,
    /** The host's disk is full, or has less room than it should have. */
    INSUFFICIENT_STORAGE,
    /** The server is stopping. */
    UNAVAILABLE,
    /** Our fault. */
    INTERNAL_ERROR
}
