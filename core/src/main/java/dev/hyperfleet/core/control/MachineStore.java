package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.RequestContext;
import java.util.List;

/**
 * Port: stores machines. Each change is stored in one transaction with an {@link Event} that has the cause of the
 * current {@link RequestContext}, and with its request, if that can be repeated. Each method returns once its effect
 * survives a power cut, or throws {@link HyperfleetException} and has changed nothing. Safe for concurrent use.
 */
public interface MachineStore {
    /** All machines. */
    List<Machine> load();

    /** Adds a machine. */
    void insert(Machine machine);

    /** Replaces the machine of the same id. */
    void update(Machine machine);

    /** The same for a change of its settings by a user. */
    void configure(Machine machine);

    /** Removes a machine. */
    void delete(MachineId id);
}
