package dev.hyperfleet.core;

/**
 * How a running machine is connected.
 *
 * @param guestAddress the guest's IPv4 address, as the guest sees it
 * @param guestMac the MAC address of its network card
 * @param egress whether it can reach the outside
 */
public record NetworkAttachment(String guestAddress, String guestMac, boolean egress) {}
