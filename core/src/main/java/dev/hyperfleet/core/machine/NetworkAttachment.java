package dev.hyperfleet.core.machine;

import java.util.Optional;

/**
 * The network attachment of a running machine.
 *
 * @param guestAddress the guest's IPv4 address, as the guest sees it
 * @param guestMac the MAC address of its network card
 * @param egress whether it can reach the internet
 * @param tap the host's end of the guest's network card; empty if the VMM has a user-mode network
 * @param privateAddress the address at which the host reaches the machine; empty if it cannot
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
