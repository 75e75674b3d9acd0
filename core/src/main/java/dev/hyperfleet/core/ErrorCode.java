package dev.hyperfleet.core;

/** What kind of error it is; part of the API. */
public enum ErrorCode {
    /** The request cannot be carried out as things are. */
    BAD_REQUEST,
    /** A field of the request is wrong. */
    VALIDATION_ERROR,
    /** No valid API key. */
    UNAUTHORIZED,
    /** The API key lacks the scope. */
    FORBIDDEN,
    /** There is no such thing. */
    NOT_FOUND,
    /** The path is known, the method is not. */
    METHOD_NOT_ALLOWED,
    /** It collides with something that exists, or with a state that will not change. */
    CONFLICT,
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
    /** The agent in the guest is silent, or does not speak the protocol. */
    GUEST_ERROR,
    /** The host's disk is full. */
    INSUFFICIENT_STORAGE,
    /** The server is stopping. */
    UNAVAILABLE,
    /** Our fault. */
    INTERNAL_ERROR
}
