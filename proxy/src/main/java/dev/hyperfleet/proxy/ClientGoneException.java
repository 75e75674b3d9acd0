package dev.hyperfleet.proxy;

import java.io.IOException;
import org.eclipse.jetty.http.HttpException;

/** The client has disconnected, so no response can be sent. */
final class ClientGoneException extends IOException {
    private static final long serialVersionUID = 1;

    ClientGoneException(Throwable cause) {
        super("the client has disconnected: " + cause.getMessage(), cause);
    }

    /** Whether it is still connected, and has sent invalid HTTP. */
    boolean wasUnintelligible() {
        for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof HttpException) {
                return true;
            }
        }
        return false;
    }
}
