package dev.hyperfleet.core;

import java.util.Arrays;
import java.util.Optional;

/** What an API key allows. */
public enum Scope {
    MACHINES_READ("machines:read"),
    MACHINES_WRITE("machines:write"),
    MACHINES_EXEC("machines:exec"),
    MACHINES_PROXY("machines:proxy"),
    ALL("*");

    private final String text;

    Scope(String text) {
        this.text = text;
    }

    /** The name in the API. */
    public String text() {
        return text;
    }

    public static Optional<Scope> of(String text) {
        return Arrays.stream(values()).filter(scope -> scope.text.equals(text)).findFirst();
    }
}
