package dev.hyperfleet.http;

import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.request.RateLimit;
import io.javalin.http.Context;
import java.util.Optional;

/** Whose request it is. */
public final class Caller {
    private static final String ATTRIBUTE = "hyperfleet.caller";

    private Caller() {}

    static void is(Context context, ApiKey key) {
        context.attribute(ATTRIBUTE, key);
    }

    /** What limits are counted by: the id of its API key, else its address. */
    static String name(Context context) {
        return of(context).map(ApiKey::id).orElseGet(() -> RateLimit.clientAt(context.ip()));
    }

    /** The API key that it came with; none where keys are not checked, or there is no valid one. */
    public static Optional<ApiKey> of(Context context) {
        return Optional.ofNullable(context.attribute(ATTRIBUTE));
    }
}
