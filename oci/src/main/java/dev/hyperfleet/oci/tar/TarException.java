package dev.hyperfleet.oci.tar;

import java.io.IOException;

/** An archive is not a tar, is damaged, or exceeds a limit. The message completes "the layer …". */
public final class TarException extends IOException {
    private static final long serialVersionUID = 1L;

    public TarException(String message) {
        super(message);
    }
}
