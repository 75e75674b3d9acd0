package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.Scope;
import io.javalin.http.Context;
import java.util.Set;
import java.util.function.Function;

/**
 * A part of a body that has the effect of another scope than the route's own. A key needs that scope, too, for what was
 * not there before; what is there may stay, and be taken away.
 *
 * @param scope what a key needs for it
 * @param name what it is, in words
 * @param granted the effects that settings have
 */
public record ScopedPart<T>(Scope scope, String name, Function<T, Set<?>> granted) {
    /** Refuses a change by a key that lacks the scope for what is new in it. */
    public void require(Context context, T before, T after) {
        boolean isNew = !granted.apply(before).containsAll(granted.apply(after));
        if (isNew && Caller.of(context).filter(key -> !key.allows(scope)).isPresent()) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    "The API key lacks the scope %s, which %s requires".formatted(scope.text(), name));
        }
    }
}
