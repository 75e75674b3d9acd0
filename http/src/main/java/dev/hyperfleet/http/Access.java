package dev.hyperfleet.http;

import dev.hyperfleet.core.access.Scope;
import io.javalin.security.RouteRole;
import java.util.Optional;

/**
 * The access rule of a route. Every route has exactly one.
 *
 * @param scope the scope that the API key needs; empty for public routes
 */
record Access(Optional<Scope> scope) implements RouteRole {
    static final Access PUBLIC = new Access(Optional.empty());

    static Access of(Scope scope) {
        return new Access(Optional.of(scope));
    }
}
