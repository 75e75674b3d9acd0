package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.Cause;
import java.time.Instant;
import java.util.Optional;

/**
 * A row of the table {@code events}.
 *
 * @param sequence empty in a row to add, which gets the next one
 */
record EventRow(
        Optional<Long> sequence,
        Instant at,
        String machineId,
        String machineName,
        String type,
        Optional<String> message,
        Optional<String> requestId,
        Optional<String> actor) {
    static final Columns<EventRow> COLUMNS = Columns.of(EventRow.class);

    /** The event that a machine reached its current state. */
    static EventRow of(Machine machine, String type, Cause cause) {
        return new EventRow(
                Optional.empty(),
                machine.updatedAt(),
                machine.id().value(),
                machine.spec().name(),
                type,
                machine.errorMessage(),
                cause.requestId(),
                cause.actor());
    }

    Event event() {
        return new Event(
                sequence.orElseThrow(),
                at,
                new MachineId(machineId),
                machineName,
                type,
                message,
                new Cause(requestId, actor));
    }
}
