package dev.hyperfleet.core.machine;

/** A user's command that changes an existing machine's state. */
public enum Command {
    START("start"),
    STOP("stop"),
    RESTART("restart"),
    PAUSE("pause"),
    RESUME("resume"),
    DELETE("delete");

    private final String verb;

    Command(String verb) {
        this.verb = verb;
    }

    /** The verb in messages: "Cannot start machine in …". */
    public String verb() {
        return verb;
    }
}
