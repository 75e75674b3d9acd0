package dev.hyperfleet.core.machine;

/** What a user can ask of an existing machine that changes its state. */
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

    /** As it stands in messages: "Cannot start machine in …". */
    public String verb() {
        return verb;
    }
}
