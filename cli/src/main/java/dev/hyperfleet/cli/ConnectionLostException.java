package dev.hyperfleet.cli;

/** An answer that had begun has broken off. */
final class ConnectionLostException extends CliException {
    private static final long serialVersionUID = 1L;

    /**
     * Says why.
     *
     * @param why the rest of a sentence
     */
    ConnectionLostException(String why) {
        super(UNREACHABLE, "The connection to the server was lost: " + why);
    }
}
