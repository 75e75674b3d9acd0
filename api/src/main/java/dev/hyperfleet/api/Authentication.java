package dev.hyperfleet.api;

import dev.hyperfleet.core.ApiKey;
import dev.hyperfleet.core.ApiKeys;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Scope;
import io.javalin.http.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets a request pass if its API key allows it. Before anything else of the request is looked at. */
final class Authentication {
    private static final String SCHEME = "Bearer ";

    private final ApiKeys keys;
    private final RateLimit limit;
    private final boolean disabled;

    Authentication(ApiKeys keys, RateLimit limit, boolean disabled) {
        this.keys = keys;
        this.limit = limit;
        this.disabled = disabled;
    }

    void check(Context context) {
        Optional<Scope> needed = context.routeRoles().stream()
                .map(Access.class::cast)
                .findAny()
                .orElseThrow(() -> new IllegalStateException("a route without access: " + context.path()))
                .scope();
        if (disabled || needed.isEmpty()) {
            limit.count(context.ip(), context);
            return;
        }
        Optional<ApiKey> valid = authenticate(context.header("Authorization"));
        limit.count(valid.map(ApiKey::id).orElse(context.ip()), context);
        ApiKey key = valid.orElseThrow(() -> {
            context.header("WWW-Authenticate", "Bearer");
            return new HyperfleetException(
                    ErrorCode.UNAUTHORIZED,
                    "A valid API key is needed: Authorization: Bearer hf_… ('hyperfleet keys create NAME' makes one)");
        });
        RequestLog.nameKey(key);
        Caller.is(context, key);
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
