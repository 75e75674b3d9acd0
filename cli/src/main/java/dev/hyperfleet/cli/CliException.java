package dev.hyperfleet.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command has failed; the message is for its user. */
public class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exit status: the server refused. */
    static final int REFUSED = 1;

    /** Exit status: the server is unreachable. */
    static final int UNREACHABLE = 3;

    private static final Pattern FIRST_SENTENCE = Pattern.compile("(?s)(.{1,300}?\\.)\\s.*");

    private final int exitCode;
    private final String code;

    CliException(int exitCode, String message) {
        this(exitCode, "", message);
    }

    /**
     * A refusal by the server.
     *
     * @param code the API's error code
     */
    CliException(int exitCode, String code, String message) {
        super(message);
        this.exitCode = exitCode;
        this.code = code;
    }

    public final int exitCode() {
        return exitCode;
    }

    /** The API's error code; empty if the failure is not the API's. */
    final String code() {
        return code;
    }

    /**
     * For a failed machine: the first sentence of the reason, without the console's lines, and where to read more.
     * Itself for other failures, and for a single sentence.
     */
    final CliException shortened(String elsewhere) {
        Matcher sentence = FIRST_SENTENCE.matcher(String.valueOf(getMessage()));
        return code.equals("MACHINE_FAILED") && sentence.matches()
                ? new CliException(exitCode, code, sentence.group(1) + " " + elsewhere)
                : this;
    }
}
