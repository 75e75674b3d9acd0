package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.MachineId;

/** Port: the way to the agent in a guest. */
public interface GuestConnector {
    /** Begins to connect; {@link Guest#awaitReady} tells when that has come about. */
    Guest connect(MachineId id);
}
