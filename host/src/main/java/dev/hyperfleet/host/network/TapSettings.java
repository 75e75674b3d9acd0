package dev.hyperfleet.host.network;

import java.util.List;
import java.util.Optional;

/**
 * What machines' networks are made of.
 *
 * @param pool the block of machines' own addresses
 * @param resolver the name server that guests are led to; empty for none
 * @param egress whether guests reach the outside
 * @param allowed blocks that guests may reach although they are private
 */
public record TapSettings(Cidr pool, Optional<String> resolver, boolean egress, List<Cidr> allowed) {
    /** What the host's ends of machines' cards are called, followed by the machine's id: 15 characters at most. */
    static final String DEVICE_PREFIX = "hf-";
}
