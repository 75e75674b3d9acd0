package dev.hyperfleet.cli;

/** Nobody reads any more what a command prints: the other end of the pipe is closed. No reason to say anything. */
public final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exit status: as of a process that SIGPIPE has ended. */
    public static final int EXIT_CODE = 141;

    OutputClosedException() {
        super("standard output is closed");
    }
}
