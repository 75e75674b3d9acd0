package dev.hyperfleet.http;

import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.RateLimit;
import dev.hyperfleet.core.snapshot.Snapshot;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.function.Predicate;

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

    /** Whether all machines exist for the caller. */
    public static boolean seesAll(Context context) {
        return of(context).map(ApiKey::seesAll).orElse(true);
    }

    /** The machines that exist for the caller. */
    public static Predicate<Machine> sees(Context context) {
        return of(context).<Predicate<Machine>>map(key -> key::sees).orElse(_ -> true);
    }

    /** The snapshots that exist for the caller. Those that serve a purpose of the server's exist for none. */
    public static Predicate<Snapshot> seesSnapshot(Context context) {
        return of(context)
                .<Predicate<Snapshot>>map(key -> snapshot -> key.sees(snapshot.owner()))
                .orElse(_ -> true)
                .and(Snapshot::isKept);
    }

    /** The caller's API key; empty if keys are not checked, or there is no valid one. */
    public static Optional<ApiKey> of(Context context) {
        return Optional.ofNullable(context.attribute(ATTRIBUTE));
    }
}
