package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.BitSet;

/** Assigns small numbers to machines, each to one machine at a time. Safe for concurrent use. */
final class Slots {
    private final BitSet occupied = new BitSet(); // guarded by this
    private final int capacity;

    /** Numbers below the capacity. */
    Slots(int capacity) {
        this.capacity = capacity;
    }

    /** The smallest free number. */
    synchronized int take() {
        int slot = occupied.nextClearBit(0);
        if (slot >= capacity) {
            throw new HyperfleetException(
                    ErrorCode.UNAVAILABLE,
                    ("This host has room for %d machines, and all of them exist. Delete one, or set "
                                    + "HYPERFLEET_NETWORK_POOL to a larger block.")
                            .formatted(capacity));
        }
        occupied.set(slot);
        return slot;
    }

    synchronized boolean areTaken() {
        return occupied.cardinality() >= capacity;
    }

    synchronized void occupy(int slot) {
        occupied.set(slot);
    }

    synchronized void free(int slot) {
        occupied.clear(slot);
    }
}
