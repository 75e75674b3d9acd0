package dev.hyperfleet.core;

/**
 * An operation was refused or has failed. The message is for the user: what was tried, what is wrong, and what to do
 * about it. It never contains a secret.
 */
public final class HyperfleetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public HyperfleetException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public HyperfleetException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    public static HyperfleetException notFound(String id) {
        return new HyperfleetException(ErrorCode.NOT_FOUND, "Machine with id '%s' not found".formatted(id));
    }
}
