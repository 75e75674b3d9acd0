package dev.hyperfleet.api.event;

import dev.hyperfleet.core.event.Event;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A change of a machine. */
record EventJson(
        String id,
        Instant at,
        String machineId,
        String machineName,
        String type,
        @Nullable String message,
        @Nullable String requestId,
        @Nullable String actor) {
    static EventJson of(Event event) {
        return new EventJson(
                String.valueOf(event.sequence()),
                event.at(),
                event.machine().value(),
                event.name(),
                event.type(),
                event.message().orElse(null),
                event.cause().requestId().orElse(null),
                event.cause().actor().orElse(null));
    }
}
