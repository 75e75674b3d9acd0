package dev.hyperfleet.cli;

/** A command has failed; the message is for its user. */
public final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exit status: the server has refused. */
    static final int REFUSED = 1;

    /** Exit status: there is no server to ask. */
    static final int UNREACHABLE = 3;

    private final int exitCode;

    CliException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
