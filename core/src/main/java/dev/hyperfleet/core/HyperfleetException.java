package dev.hyperfleet.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An operation was refused or has failed. The message is for the user: what was tried, what is wrong, and what to do
 * about it. It never contains a secret.
 */
public final class HyperfleetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /** Not serialized: nothing serializes these exceptions. */
    private final transient Map<String, Object> details = new LinkedHashMap<>();

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

    /** Adds a fact for programs: a text, a number, or a list of them. Returns itself. */
    public HyperfleetException with(String name, Object fact) {
        details.put(name, fact);
        return this;
    }

    /** The facts for programs, by name. */
    public Map<String, Object> details() {
        return Collections.unmodifiableMap(details);
    }

    public static HyperfleetException notFound(String id) {
        return new HyperfleetException(ErrorCode.NOT_FOUND, "Machine with id '%s' not found".formatted(id));
    }
}
