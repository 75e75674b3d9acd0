package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.MachineId;

/** Port: connects to the agent in a guest. */
public interface GuestConnector {
    /** Begins to connect; {@link Guest#awaitReady} returns when the connection is established. */
    Guest connect(MachineId id);
}
