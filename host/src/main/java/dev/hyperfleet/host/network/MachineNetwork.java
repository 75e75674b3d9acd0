package dev.hyperfleet.host.network;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.GuestPorts;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.machine.NetworkAttachment;
import java.time.Duration;
import java.util.Optional;

/** The networks of machines. Safe for concurrent use. */
public interface MachineNetwork {
    /**
     * The network of this machine.
     *
     * @param slot the machine's
     */
    NetworkPlan plan(MachineId id, int slot);

    /**
     * Connects to a TCP port of a running machine, over the network.
     *
     * @return empty if the host has no network to it; its agent connects then
     * @throws HyperfleetException as {@link GuestPorts#connect} says
     */
    Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout);

    /** What it is called in the description of a saved memory, which fits one kind alone. */
    String kind();

    /** The maximum number of machines: all slots are below this. */
    int capacity();
}
