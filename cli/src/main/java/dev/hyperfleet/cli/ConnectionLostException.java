package dev.hyperfleet.cli;

/** A response was cut off. */
final class ConnectionLostException extends CliException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates it.
     *
     * @param why the rest of a sentence
     */
    ConnectionLostException(String why) {
        super(UNREACHABLE, "The connection to the server was lost: " + why);
    }
}
