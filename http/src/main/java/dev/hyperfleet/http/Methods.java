package dev.hyperfleet.http;

import io.javalin.http.Context;
import java.util.Set;

/** Names of requests' methods for logs and metrics: clients can send arbitrary and arbitrarily many ones. */
final class Methods {
    private static final Set<String> KNOWN =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

    private Methods() {}

    /** The method if it is one of HTTP's, otherwise "other". */
    static String name(Context context) {
        String method = context.method().name();
        return KNOWN.contains(method) ? method : "other";
    }
}
