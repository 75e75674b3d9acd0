package dev.hyperfleet.core.event;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Port: the events that {@link MachineStore} stores, each in one transaction with its change. The last 100,000 are
 * kept. Safe for concurrent use.
 */
public interface EventStore {
    /** Events after this one, in order. */
    List<Event> after(long sequence, Optional<MachineId> machine, int limit);

    /** The range of stored events: the numbers of the first and of the last one; 0 and 0 if there is none. */
    Range range();

    /** From the first to the last. */
    record Range(long first, long last) {}

    /** Waits for an event after this one; false if there is none before the timeout. */
    boolean await(long sequence, Duration timeout) throws InterruptedException;
}
