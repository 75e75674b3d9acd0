package dev.hyperfleet.core;

/** The kind of an error; part of the API. */
public enum ErrorCode {
    /** The request cannot be carried out in the current state. */
    BAD_REQUEST,
    /** This host does not support it; the message says what is missing. */
    UNSUPPORTED,
    /** A field of the request is invalid. */
    VALIDATION_ERROR,
    /** No valid API key. */
    UNAUTHORIZED,
    /** The API key lacks the scope. */
    FORBIDDEN,
    /** A quota of the host, or of the API key, would be exceeded. */
    QUOTA_EXCEEDED,
    /** It does not exist. */
    NOT_FOUND,
    /** The path is known, the method is not. */
    METHOD_NOT_ALLOWED,
    /** It conflicts with something that exists, or with a state that will not change. */
    CONFLICT,
    /** Another client has a lease on the machine. */
    LEASED,
    /** The lease that the request requires has ended. */
    LEASE_LOST,
    /** The request with this idempotency key is still in progress. */
    IDEMPOTENCY_KEY_IN_USE,
    /** The request with this idempotency key was started, and its outcome is unknown. */
    OUTCOME_UNKNOWN,
    /** The idempotency key belongs to another request. */
    IDEMPOTENCY_KEY_REUSED,
    /** It does not have the version that the request requires. */
    PRECONDITION_FAILED,
    /** Beyond the end of the file. */
    RANGE_NOT_SATISFIABLE,
    /** The body is too large. */
    PAYLOAD_TOO_LARGE,
    /** The body is not JSON. */
    UNSUPPORTED_MEDIA_TYPE,
    /** The operation requires a WebSocket. */
    UPGRADE_REQUIRED,
    /** An awaited event has not occurred in time. */
    TIMEOUT,
    /** The machine could not be started. */
    MACHINE_FAILED,
    /** Nothing listens on the guest's port. */
    PORT_CLOSED,
    /** Too many at a time, or too often. */
    TOO_MANY_REQUESTS,
    /** The agent in the guest is silent, or does not speak the protocol. */
    GUEST_ERROR,
    /** The host's disk is full, or has less free space than required. */
    INSUFFICIENT_STORAGE,
    /** The server is stopping. */
    UNAVAILABLE,
    /** An internal error. */
    INTERNAL_ERROR
}
