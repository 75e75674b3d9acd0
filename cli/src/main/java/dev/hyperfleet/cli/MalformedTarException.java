package dev.hyperfleet.cli;

import java.io.IOException;

/** An archive is malformed. The message completes a sentence whose subject is the archive. */
final class MalformedTarException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedTarException(String message) {
        super(message);
    }
}
