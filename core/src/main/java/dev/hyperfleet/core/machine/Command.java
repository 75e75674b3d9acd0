package dev.hyperfleet.core.machine;

import java.util.Locale;

/** A user's command that changes an existing machine's state. */
public enum Command {
    START("start"),
    STOP("stop"),
    RESTART("restart"),
    PAUSE("pause"),
    RESUME("resume"),
    /** Memory to disk, and the end of the VMM. */
    SUSPEND("suspend"),
    /** Back to a snapshot. */
    ROLLBACK("roll back"),
    DELETE("delete");

    private final String verb;

    Command(String verb) {
        this.verb = verb;
    }

    /** The verb in messages: "Cannot start machine in …". */
    public String verb() {
        return verb;
    }

    /** The name in the API: lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
