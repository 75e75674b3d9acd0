package dev.hyperfleet.host.network;

import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.core.machine.NetworkAttachment;
import java.util.List;
import java.util.Optional;

/**
 * The network of a machine that is to be started.
 *
 * @param attachment the part that users see
 * @param gateway the guest's default route
 * @param dns the guest's name server; empty without an uplink
 * @param uplink the program that connects the machine's namespace to the outside; empty for none
 * @param unreachable CIDR blocks that nothing in the namespace can reach
 * @param filter the packet filter of a namespace with a TAP, for nft; empty if the VMM has a user-mode network
 * @param pair the interfaces that connect the machine's namespace to the host; empty for none
 */
public record NetworkPlan(
        NetworkAttachment attachment,
        String gateway,
        Optional<String> dns,
        Optional<String> uplink,
        List<String> unreachable,
        Optional<String> filter,
        Optional<Pair> pair) {
    /** The prefix of a guest's network: two addresses, its own and the gateway's. */
    public static final String PREFIX = "/30";

    /** The identity of a guest in this network. */
    public GuestIdentity identity(String hostname) {
        return new GuestIdentity(hostname, attachment.guestAddress() + PREFIX, gateway, dns, attachment.guestMac());
    }

    /**
     * A pair of virtual interfaces, one in the machine's namespace and one on the host.
     *
     * @param device the name of the host's interface
     * @param hostAddress the host's IPv4 address on it, the same for all machines
     * @param address the machine's IPv4 address on it, unique on this host
     */
    public record Pair(String device, String hostAddress, String address) {}
}
