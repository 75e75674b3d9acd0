package dev.hyperfleet.host.network;

import dev.hyperfleet.core.machine.NetworkAttachment;
import java.util.List;
import java.util.Optional;

/**
 * The network that a machine will have.
 *
 * @param attachment what its user is told
 * @param gateway the guest's default route
 * @param dns the guest's name server; empty without a way out
 * @param uplink the program that connects the machine's namespace to the outside; empty for none
 * @param unreachable CIDR blocks that nothing in the namespace can reach
 * @param filter the packet filter of a namespace with a TAP, for nft; empty where the VMM has the
 *     network in itself
 * @param pair the cards that connect the machine's namespace to the host; empty for none
 */
public record NetworkPlan(
        NetworkAttachment attachment,
        String gateway,
        Optional<String> dns,
        Optional<String> uplink,
        List<String> unreachable,
        Optional<String> filter,
        Optional<Pair> pair) {
    /**
     * Two virtual cards, one in the machine's namespace and one on the host.
     *
     * @param device the name of the host's
     * @param hostAddress the host's IPv4 address on it, the same for all machines
     * @param address the machine's IPv4 address on it, unique on this host
     */
    public record Pair(String device, String hostAddress, String address) {}
}
