package dev.hyperfleet.core.event;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.request.Cause;
import java.time.Instant;
import java.util.Optional;

/**
 * Something that has happened to a machine, as it is stored.
 *
 * @param sequence grows from event to event; a number is never used again
 * @param type the status that the machine came to; "deleted" where it ceased to exist
 * @param message what the machine says of it
 */
public record Event(
        long sequence, Instant at, MachineId machine, String name, String type, Optional<String> message, Cause cause) {
    /** The type of an event by which a machine got other settings, and its status did not change. */
    public static final String CONFIGURED = "configured";

    /** The type of the last event of a machine. */
    public static final String DELETED = "deleted";
}
