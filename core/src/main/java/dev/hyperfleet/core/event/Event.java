package dev.hyperfleet.core.event;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.request.Cause;
import java.time.Instant;
import java.util.Optional;

/**
 * A change of a machine, as stored.
 *
 * @param sequence increases from event to event; a number is never reused
 * @param type the machine's new status; "deleted" for its deletion
 * @param message the machine's message for it
 */
public record Event(
        long sequence, Instant at, MachineId machine, String name, String type, Optional<String> message, Cause cause) {
    /** The type of an event for changed settings and an unchanged status. */
    public static final String CONFIGURED = "configured";

    /** The type of the last event of a machine. */
    public static final String DELETED = "deleted";
}
