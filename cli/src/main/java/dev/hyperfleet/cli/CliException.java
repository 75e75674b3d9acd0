package dev.hyperfleet.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command has failed; the message is for its user. */
public class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exit status: the server has refused. */
    static final int REFUSED = 1;

    /** Exit status: there is no server to ask. */
    static final int UNREACHABLE = 3;

    private static final Pattern FIRST_SENTENCE = Pattern.compile("(?s)(.{1,300}?\\.)\\s.*");

    private final int exitCode;
    private final String code;

    CliException(int exitCode, String message) {
        this(exitCode, "", message);
    }

    /**
     * A refusal of the server's.
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

    /** The API's error code; empty where it was not the API that has failed. */
    final String code() {
        return code;
    }

    /**
     * Where a machine has failed: the first sentence of the reason, which goes on with what its console said, and where
     * to read more. Itself for other failures, and where there is one sentence.
     */
    final CliException shortened(String elsewhere) {
        Matcher sentence = FIRST_SENTENCE.matcher(String.valueOf(getMessage()));
        return code.equals("MACHINE_FAILED") && sentence.matches()
                ? new CliException(exitCode, code, sentence.group(1) + " " + elsewhere)
                : this;
    }
}
