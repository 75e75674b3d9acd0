package dev.hyperfleet.core;

/**
 * What a machine does without being told to each time.
 *
 * @param sleep when it sleeps
 */
public record Automation(Sleep sleep) {
    /** Nothing. */
    public static final Automation NONE = new Automation(Sleep.NEVER);
}
