package dev.hyperfleet.host.network;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.machine.NetworkAttachment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The network of a host where the server has the necessary rights: each machine has a network namespace with a TAP for
 * its guest, and a pair of virtual interfaces to the host with its own address.
 */
public final class TapNetwork implements MachineNetwork {
    /** The pool's own address, the host's, and the last one, which is the broadcast address by convention. */
    private static final int NOT_MACHINES = 3;

    private static final int FIRST_MACHINE = 2;

    private final TapSettings settings;
    private final BlockedRanges shutOff;

    public TapNetwork(TapSettings settings) {
        this.settings = settings;
        this.shutOff = new BlockedRanges(settings.allowed(), List.of(settings.pool()));
    }

    @Override
    public NetworkPlan plan(MachineId id, int slot) {
        if (slot >= capacity()) {
            throw new HyperfleetException(
                    ErrorCode.UNAVAILABLE,
                    ("HYPERFLEET_NETWORK_POOL, %s, has no address for this machine: the machine was created when "
                                    + "the pool was larger. Make the pool larger.")
                            .formatted(settings.pool()));
        }
        String mac = GuestAddresses.mac(id);
        String address = settings.pool().at(FIRST_MACHINE + slot);
        String rules =
                GuestFilter.rules(mac, Optional.of(address), settings.resolver(), settings.egress(), shutOff.blocks());
        return new NetworkPlan(
                new NetworkAttachment(
                        GuestAddresses.GUEST,
                        mac,
                        settings.egress(),
                        Optional.of(new NetworkAttachment.Tap(GuestAddresses.TAP, GuestAddresses.GATEWAY)),
                        Optional.of(address)),
                GuestAddresses.GATEWAY,
                settings.resolver().filter(_ -> settings.egress()).map(_ -> GuestAddresses.GATEWAY),
                Optional.empty(),
                List.of(),
                Optional.of(rules),
                Optional.of(new NetworkPlan.Pair(
                        TapSettings.DEVICE_PREFIX + id.value(), settings.pool().at(1), address)));
    }

    @Override
    public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
        return attachment.privateAddress().map(address -> TcpConnection.open(address, port, timeout));
    }

    @Override
    public String kind() {
        return "TAP";
    }

    @Override
    public int capacity() {
        return (int) Math.min(Integer.MAX_VALUE, settings.pool().size() - NOT_MACHINES);
    }
}
