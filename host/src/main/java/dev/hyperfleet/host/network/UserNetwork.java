package dev.hyperfleet.host.network;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.machine.NetworkAttachment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The network that needs no privileges: each VMM has its own network namespace, with slirp4netns as its uplink. In it
 * is the VMM's user-mode network, or a TAP for a VMM that has none.
 */
public final class UserNetwork implements MachineNetwork {
    /**
     * slirp4netns answers there, with the answers of the host's resolver. Its own network, 10.0.2.0/24, is on-link in
     * the namespace and so reachable although its block is blocked.
     */
    private static final String DNS = "10.0.2.3";

    private final Optional<Path> slirp4netns;
    private final BlockedRanges shutOff;
    private final boolean tap;

    /**
     * A network without privileges.
     *
     * @param slirp4netns the program; without it guests have no uplink
     * @param allowed blocks that guests may reach although they are private
     * @param tap whether the VMM needs a TAP
     */
    public UserNetwork(Optional<Path> slirp4netns, List<Cidr> allowed, boolean tap) {
        this.slirp4netns = slirp4netns;
        this.shutOff = new BlockedRanges(allowed, List.of());
        this.tap = tap;
    }

    @Override
    public NetworkPlan plan(MachineId id, int slot) {
        boolean egress = slirp4netns.isPresent();
        String mac = GuestAddresses.mac(id);
        List<String> blocks = shutOff.blocks();
        Optional<String> filter = tap
                ? Optional.of(GuestFilter.rules(mac, Optional.empty(), Optional.of(DNS), egress, blocks))
                : Optional.empty();
        return new NetworkPlan(
                new NetworkAttachment(
                        GuestAddresses.GUEST,
                        mac,
                        egress,
                        filter.map(_ -> new NetworkAttachment.Tap(GuestAddresses.TAP, GuestAddresses.GATEWAY)),
                        Optional.empty()),
                GuestAddresses.GATEWAY,
                egress ? Optional.of(tap ? GuestAddresses.GATEWAY : DNS) : Optional.empty(),
                slirp4netns.map(Path::toString),
                blocks,
                filter,
                Optional.empty());
    }

    @Override
    public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
        return Optional.empty();
    }

    @Override
    public String kind() {
        return "user network";
    }

    @Override
    public int capacity() {
        return Integer.MAX_VALUE;
    }
}
