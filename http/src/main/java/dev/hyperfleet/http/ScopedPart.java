package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.Scope;
import io.javalin.http.Context;
import java.util.Set;
import java.util.function.Function;

/**
 * A part of a body that has the effect of another scope than the route's. A key needs that scope, too, to add values;
 * existing ones may stay or be removed without it.
 *
 * @param scope the scope that a key needs for it
 * @param name its name in messages
 * @param granted the effects of settings
 */
public record ScopedPart<T>(Scope scope, String name, Function<T, Set<?>> granted) {
    /** Refuses a change by a key that lacks the scope for the values that it adds. */
    public void require(Context context, T before, T after) {
        boolean isNew = !granted.apply(before).containsAll(granted.apply(after));
        if (isNew && Caller.of(context).filter(key -> !key.allows(scope)).isPresent()) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    "The API key lacks the scope %s, which %s requires".formatted(scope.text(), name));
        }
    }
}
