package dev.hyperfleet.host.network;

import java.util.List;
import java.util.Optional;

/**
 * The settings of machines' networks.
 *
 * @param pool the block of machines' own addresses
 * @param resolver the guests' name server; empty for none
 * @param egress whether guests reach the internet
 * @param allowed blocks that guests may reach although they are private
 */
public record TapSettings(Cidr pool, Optional<String> resolver, boolean egress, List<Cidr> allowed) {
    /** The prefix of the host's interface names, followed by the machine's id: at most 15 characters. */
    static final String DEVICE_PREFIX = "hf-";
}
