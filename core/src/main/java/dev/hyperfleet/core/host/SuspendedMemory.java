package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import java.time.Duration;

/**
 * Port: the memory of suspended machines, each in a file on the host. While there is one, it fits the machine's disk:
 * it is complete or absent, and it is removed before a guest continues. Safe for concurrent use with different
 * machines; calls block.
 */
public interface SuspendedMemory {
    /**
     * Saves the memory of a halted guest. When it returns, it and the disk survive a power cut.
     *
     * @throws HyperfleetException {@link ErrorCode#INSUFFICIENT_STORAGE}, {@link ErrorCode#MACHINE_FAILED} if the VMM
     *     fails or the timeout passes; the machine has no saved memory then
     */
    void save(MachineId id, Vmm vmm, Duration timeout);

    /** Whether the machine has a saved memory. */
    boolean exists(MachineId id);

    /**
     * Refuses if this host's VMM cannot load the machine's saved memory.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} with both VMMs' names
     */
    void requireLoadable(MachineId id);

    /** Removes the machine's saved memory. No error if it has none. */
    void discard(MachineId id);
}
