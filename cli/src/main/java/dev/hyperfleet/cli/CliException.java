package dev.hyperfleet.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** A command has failed; the message is for its user. */
public class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exit status: the server refused. */
    static final int REFUSED = 1;

    /** Exit status: a timeout has expired, as of timeout(1). */
    static final int TIMED_OUT = 124;

    /** Exit status: the command could not be run, as of docker and env(1). */
    static final int NOT_RUN = 125;

    /** Exit status: it is not an executable program. */
    static final int NOT_EXECUTABLE = 126;

    /** Exit status: there is no such program. */
    static final int NOT_FOUND_PROGRAM = 127;

    /** Exit status: the server is unreachable. */
    static final int UNREACHABLE = 3;

    private static final Pattern FIRST_SENTENCE = Pattern.compile("(?s)(.{1,300}?\\.)\\s.*");

    private final int exitCode;
    private final String code;
    private final transient JsonNode details;

    CliException(int exitCode, String message) {
        this(exitCode, "", message);
    }

    /** The same with the API's error code. */
    CliException(int exitCode, String code, String message) {
        this(exitCode, code, message, MissingNode.getInstance());
    }

    /**
     * A refusal by the server.
     *
     * @param code the API's error code
     * @param details the error's facts for programs
     */
    CliException(int exitCode, String code, String message, JsonNode details) {
        super(message);
        this.exitCode = exitCode;
        this.code = code;
        this.details = details;
    }

    public final int exitCode() {
        return exitCode;
    }

    /** The API's error code; empty if the failure is not the API's. */
    final String code() {
        return code;
    }

    /** A fact that the API's error has; empty without it. */
    final String detail(String name) {
        return details.path(name).asString("");
    }

    /** The same with another exit status, and more to say. */
    final CliException as(int status, String more) {
        return new CliException(status, code, getMessage() + more, details);
    }

    /**
     * For a failed machine: the first sentence of the reason, without the console's lines, and where to read more.
     * Itself for other failures, and for a single sentence.
     */
    final CliException shortened(String elsewhere) {
        Matcher sentence = FIRST_SENTENCE.matcher(String.valueOf(getMessage()));
        return code.equals("MACHINE_FAILED") && sentence.matches()
                ? new CliException(exitCode, code, sentence.group(1) + " " + elsewhere, details)
                : this;
    }
}
