package dev.hyperfleet.cli;

/** The other end of standard output's pipe is closed. This is not reported. */
public final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exit status: that of a process killed by SIGPIPE. */
    public static final int EXIT_CODE = 141;

    OutputClosedException() {
        super("standard output is closed");
    }
}
