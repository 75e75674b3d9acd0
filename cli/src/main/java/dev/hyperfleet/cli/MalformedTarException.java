package dev.hyperfleet.cli;

import java.io.IOException;

/** An archive is not what it should be. The message is the rest of a sentence that begins with the archive. */
final class MalformedTarException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedTarException(String message) {
        super(message);
    }
}
