package dev.hyperfleet.http;

import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.request.RateLimit;
import io.javalin.http.Context;
import java.util.Optional;

/** The caller of a request. */
public final class Caller {
    private static final String ATTRIBUTE = "hyperfleet.caller";

    private Caller() {}

    static void is(Context context, ApiKey key) {
        context.attribute(ATTRIBUTE, key);
    }

    /** The key of rate limits: the id of the caller's API key, or else its address. */
    static String name(Context context) {
        return of(context).map(ApiKey::id).orElseGet(() -> RateLimit.clientAt(context.ip()));
    }

    /** The caller's API key; empty if keys are not checked, or there is no valid one. */
    public static Optional<ApiKey> of(Context context) {
        return Optional.ofNullable(context.attribute(ATTRIBUTE));
    }
}
