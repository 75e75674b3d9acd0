package dev.hyperfleet.http;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets web pages of these origins use the API with JavaScript (the CORS protocol of the WHATWG's Fetch). There is no
 * credentials mode: a page sends an API key itself, and no cookie or certificate of the browser's user counts.
 * Immutable.
 *
 * @param origins as browsers send them: "https://console.example.com"
 */
record Cors(Set<String> origins) {
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";

    /** The headers of requests that operations read; browsers permit Accept and Range by themselves. */
    private static final List<String> REQUEST_HEADERS = List.of(
            "Authorization",
            "Content-Type",
            IdempotencyKeys.HEADER,
            "If-Match",
            "If-None-Match",
            "If-Range",
            "Last-Event-ID",
            LeaseCheck.HEADER,
            "Range",
            RequestIds.HEADER);

    /** The headers of responses that a program needs; browsers show Content-Type and Content-Length by themselves. */
    private static final List<String> RESPONSE_HEADERS = List.of(
            "Accept-Ranges",
            "Allow",
            "Content-Range",
            "ETag",
            IdempotencyKeys.REPLAYED,
            "Location",
            "Retry-After",
            "WWW-Authenticate",
            RequestIds.HEADER);

    /** Seconds for which a browser need not ask again. */
    private static final String MAX_AGE = "600";

    Cors {
        origins = Set.copyOf(origins);
    }

    /** Says which pages may read the response. */
    void mark(Context context) {
        if (origins.isEmpty()) {
            return;
        }
        context.res().addHeader("Vary", "Origin");
        @Nullable String origin = context.header("Origin");
        if (origin != null && allows(origin)) {
            context.header("Access-Control-Allow-Origin", origin)
                    .header("Access-Control-Expose-Headers", String.join(", ", RESPONSE_HEADERS));
        }
    }

    /** Answers a browser that asks whether its page may send a request. It sends no key with that question. */
    void answerPreflight(Context context) {
        @Nullable String origin = context.header("Origin");
        if (origin != null && allows(origin) && isPreflight(context)) {
            context.header("Access-Control-Allow-Methods", METHODS)
                    .header("Access-Control-Allow-Headers", String.join(", ", REQUEST_HEADERS))
                    .header("Access-Control-Max-Age", MAX_AGE)
                    .status(HttpStatus.NO_CONTENT);
            context.skipRemainingHandlers();
        }
    }

    /** Whether pages of this origin may use the API. */
    boolean allows(String origin) {
        return origins.contains(origin);
    }

    private static boolean isPreflight(Context context) {
        return context.method().equals(HandlerType.OPTIONS) && context.header("Access-Control-Request-Method") != null;
    }
}
