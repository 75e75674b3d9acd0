package dev.hyperfleet.core.access;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineStore;
import java.util.Optional;

/**
 * Port: stores leases, one per machine. {@link MachineStore#delete} removes its machine's lease. Each method returns
 * once its effect survives a power cut, or throws {@link HyperfleetException}. Safe for concurrent use.
 */
public interface LeaseStore {
    /** The last lease of a machine, which may have expired. */
    Optional<Lease> find(MachineId machine);

    /** Stores a lease, replacing the last one of its machine. */
    void put(Lease lease);

    void delete(MachineId machine);
}
