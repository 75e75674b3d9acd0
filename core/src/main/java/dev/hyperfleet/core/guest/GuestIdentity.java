package dev.hyperfleet.core.guest;

import java.util.Optional;

/**
 * What distinguishes a guest from others that were restored from the same snapshot.
 *
 * @param address of its network card, with prefix length
 * @param dns the name server; empty leaves the guest's own
 * @param mac the hardware address of its network card
 */
public record GuestIdentity(String hostname, String address, String gateway, Optional<String> dns, String mac) {}
