package dev.hyperfleet.core.access;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** A permission of an API key. */
public enum Scope {
    /** Permits nothing: it limits the other scopes to the machines that the key has created. */
    MACHINES_OWN("machines:own"),
    MACHINES_READ("machines:read"),
    MACHINES_WRITE("machines:write"),
    MACHINES_EXEC("machines:exec"),
    MACHINES_PROXY("machines:proxy"),
    AUDIT_READ("audit:read"),
    ALL("*");

    private final String text;

    Scope(String text) {
        this.text = text;
    }

    /** The name in the API. */
    public String text() {
        return text;
    }

    /** The names of all, for people. */
    public static String names() {
        return Arrays.stream(values()).map(Scope::text).collect(Collectors.joining(", "));
    }

    public static Optional<Scope> of(String text) {
        return Arrays.stream(values()).filter(scope -> scope.text.equals(text)).findFirst();
    }
}
