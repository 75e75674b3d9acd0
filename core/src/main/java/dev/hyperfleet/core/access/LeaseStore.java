package dev.hyperfleet.core.access;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineStore;
import java.util.Optional;

/**
 * Port: where leases are kept, one a machine. {@link MachineStore#delete} removes that of its machine. Each method returns
 * once its effect survives a power cut, or throws {@link HyperfleetException}. Safe for concurrent use.
 */
public interface LeaseStore {
    /** The last lease of a machine, which may be over. */
    Optional<Lease> find(MachineId machine);

    /** Stores a lease in the place of the last one of its machine. */
    void put(Lease lease);

    void delete(MachineId machine);
}
