package dev.hyperfleet.core.machine;

import java.util.Optional;

/**
 * How a running machine is connected.
 *
 * @param guestAddress the guest's IPv4 address, as the guest sees it
 * @param guestMac the MAC address of its network card
 * @param egress whether it can reach the outside
 * @param tap the host's end of the guest's card; empty where the VMM has the network in itself
 * @param privateAddress where the host reaches the machine, by its own address; empty where it cannot
 */
public record NetworkAttachment(
        String guestAddress, String guestMac, boolean egress, Optional<Tap> tap, Optional<String> privateAddress) {
    /**
     * A TAP, in the machine's own network namespace.
     *
     * @param device its name
     * @param address its IPv4 address: the guest's gateway
     */
    public record Tap(String device, String address) {}
}
