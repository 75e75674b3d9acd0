package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.host.MachineNetwork;
import dev.hyperfleet.core.host.NetworkPlan;
import dev.hyperfleet.core.machine.NetworkAttachment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A network of which machines have nothing but an address by their slot. */
record FakeNetwork(int capacity) implements MachineNetwork {
    @Override
    public NetworkPlan plan(MachineId id, int slot) {
        return new NetworkPlan(
                new NetworkAttachment(
                        "172.16.0.2", "AA:FC:00:00:00:01", true, Optional.empty(), Optional.of("10.0.0." + slot)),
                "172.16.0.1",
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    @Override
    public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
        return Optional.empty();
    }
}
