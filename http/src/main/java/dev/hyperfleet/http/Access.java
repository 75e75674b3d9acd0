package dev.hyperfleet.http;

import dev.hyperfleet.core.access.Scope;
import io.javalin.security.RouteRole;
import java.util.Optional;

/**
 * Who may use a route. Every route has exactly one of these.
 *
 * @param scope what the API key must allow; empty for everybody
 */
record Access(Optional<Scope> scope) implements RouteRole {
    static final Access PUBLIC = new Access(Optional.empty());

    static Access of(Scope scope) {
        return new Access(Optional.of(scope));
    }
}
