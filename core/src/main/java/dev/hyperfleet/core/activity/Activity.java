package dev.hyperfleet.core.activity;

import java.util.Locale;

/** What can keep a machine awake. */
public enum Activity {
    /** Requests to its ports. */
    REQUESTS,
    /** WebSockets and other connections to its ports. */
    CONNECTIONS,
    /** Operations on it through the API: commands, files, attached terminals. */
    OPERATIONS,
    /** Processes that were started through the API, but not in the background. */
    PROCESSES;

    /** The name in the API: lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
