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

/** Authenticates requests and enforces the rate limit, before anything else of a request is examined. */
final class Authentication {
    private static final String SCHEME = "Bearer ";

    private final ApiKeys keys;
    private final RateLimit ofKeys;
    private final RateLimit ofAddresses;
    private final boolean disabled;

    /**
     * Creates a check against these keys.
     *
     * @param ofKeys the rate limit of each key
     * @param ofAddresses the rate limit of clients without a valid key
     * @param disabled whether every client may do everything
     */
    Authentication(ApiKeys keys, RateLimit ofKeys, RateLimit ofAddresses, boolean disabled) {
        this.keys = keys;
        this.ofKeys = ofKeys;
        this.ofAddresses = ofAddresses;
        this.disabled = disabled;
    }

    /** Identifies and counts the caller of each request, even if no route matches it. */
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

    /** Refuses the request if the caller may not use the route. */
    void check(Context context) {
        Access access = context.routeRoles().stream()
                .map(Access.class::cast)
                .findAny()
                .orElseThrow(() -> new IllegalStateException("a route without access: " + context.path()));
        Optional<Scope> needed = access.scope();
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
        if (!access.filtered() && !key.seesAll()) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    "This is about the machines of all keys, so a key with the scope %s has no access to it"
                            .formatted(Scope.MACHINES_OWN.text()));
        }
    }

    private Optional<ApiKey> authenticate(@Nullable String header) {
        return header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? keys.authenticate(header.substring(SCHEME.length()).strip())
                : Optional.empty();
    }
}
