package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.request.RateLimit;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets a request pass if its API key allows it, and there are not too many. Before anything else of it is looked at. */
final class Authentication {
    private static final String SCHEME = "Bearer ";

    private final ApiKeys keys;
    private final RateLimit ofKeys;
    private final RateLimit ofAddresses;
    private final boolean disabled;

    /**
     * Checks these keys.
     *
     * @param rateLimit requests a second of one key; 0 for no limit
     * @param ofAddresses the limit of clients without a valid key
     * @param disabled whether everybody may do everything
     */
    Authentication(ApiKeys keys, int rateLimit, RateLimit ofAddresses, boolean disabled) {
        this.keys = keys;
        this.ofKeys = new RateLimit(rateLimit);
        this.ofAddresses = ofAddresses;
        this.disabled = disabled;
    }

    /** Notes whose request it is, and counts it. Every one: also where there is no route for it. */
    void identify(Context context) {
        Optional<ApiKey> valid = disabled ? Optional.empty() : authenticate(context.header("Authorization"));
        if (valid.isEmpty()) {
            ofAddresses.count(RateLimit.clientAt(context.ip()));
            return;
        }
        RequestLog.nameKey(valid.get());
        Caller.is(context, valid.get());
        ofKeys.count(valid.get().id());
    }

    /** Refuses it if the route is not for this caller. */
    void check(Context context) {
        Optional<Scope> needed = context.routeRoles().stream()
                .map(Access.class::cast)
                .findAny()
                .orElseThrow(() -> new IllegalStateException("a route without access: " + context.path()))
                .scope();
        if (disabled || needed.isEmpty()) {
            return;
        }
        ApiKey key = Caller.of(context).orElseThrow(() -> {
            context.header("WWW-Authenticate", "Bearer");
            return new HyperfleetException(
                    ErrorCode.UNAUTHORIZED,
                    "A valid API key is required: Authorization: Bearer hf_… ('hyperfleet keys create NAME' "
                            + "creates one)");
        });
        if (!key.allows(needed.get())) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    "The API key lacks the scope %s".formatted(needed.get().text()));
        }
    }

    private Optional<ApiKey> authenticate(@Nullable String header) {
        return header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? keys.authenticate(header.substring(SCHEME.length()).strip())
                : Optional.empty();
    }
}
