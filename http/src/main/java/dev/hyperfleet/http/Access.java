package dev.hyperfleet.http;

import dev.hyperfleet.core.access.Scope;
import io.javalin.security.RouteRole;
import java.util.Optional;

/**
 * The access rule of a route. Every route has exactly one.
 *
 * @param scope the scope that the API key needs; empty for public routes
 * @param filtered whether it shows and changes only machines that the key may see; otherwise a key with {@link
 * Scope#MACHINES_OWN} is refused
 */
record Access(Optional<Scope> scope, boolean filtered) implements RouteRole {
    static final Access PUBLIC = new Access(Optional.empty(), true);

    boolean isPublic() {
        return scope.isEmpty();
    }
}
