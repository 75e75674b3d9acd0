package dev.hyperfleet.proxy;

import java.io.IOException;

/** The client broke off, so there is nobody to answer to. */
final class ClientGoneException extends IOException {
    private static final long serialVersionUID = 1;

    ClientGoneException(Throwable cause) {
        super("the client has gone: " + cause.getMessage(), cause);
    }
}
