package dev.hyperfleet.proxy;

import dev.hyperfleet.http.RequestIds;
import java.util.Set;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/**
 * Filters a message's trailers. Many servers merge them into the headers, so fields that are not allowed there, or that
 * only we set, must not follow the body either.
 */
final class Trailers {
    /**
     * RFC 9110, section 6.5.1: fields for framing, routing, authentication, or for processing a message before its
     * content. Not all of "content-*": Content-Digest is intended for trailers.
     */
    private static final Set<String> FOR_HEADERS_ALONE = Set.of(
            "age",
            "authorization",
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-length",
            "content-location",
            "content-range",
            "content-type",
            "cookie",
            "date",
            "expect",
            "expires",
            "host",
            "location",
            "max-forwards",
            "origin",
            "pragma",
            "range",
            "retry-after",
            "set-cookie",
            "trailer",
            "vary",
            "warning",
            "www-authenticate");

    private static final String CONDITIONAL = "if-";

    private Trailers() {}

    /** Those of a request. */
    static HttpFields toGuest(HttpFields trailers) {
        return without(trailers, name -> Headers.isOurs(name, false));
    }

    /** Those of a guest's response. */
    static HttpFields toClient(HttpFields trailers) {
        return without(trailers, RequestIds.HEADER::equalsIgnoreCase);
    }

    private static HttpFields without(HttpFields trailers, Predicate<String> excluded) {
        HttpFields.Mutable sent = HttpFields.build();
        for (HttpField field : trailers) {
            String name = field.getLowerCaseName().replace('_', '-');
            boolean isForHeadersAlone =
                    FOR_HEADERS_ALONE.contains(name) || Headers.isForNextHop(name) || name.startsWith(CONDITIONAL);
            if (!isForHeadersAlone && !excluded.test(name)) {
                sent.add(field);
            }
        }
        return sent;
    }
}
