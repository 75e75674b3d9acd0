package dev.hyperfleet.host.network;

import java.util.List;
import java.util.stream.Stream;

/**
 * What guests cannot reach: private, link-local and other special blocks that were not allowed, and the
 * host itself by each of its addresses, whatever else is allowed.
 */
final class ShutOff {
    private static final Cidr LOOPBACK = Cidr.parse("127.0.0.0/8");

    private static final List<Cidr> SPECIAL = Stream.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "224.0.0.0/4",
                    "240.0.0.0/4")
            .map(Cidr::parse)
            .toList();

    private final List<Cidr> blocks;
    private final List<Cidr> always;

    /**
     * The special blocks without those that are allowed.
     *
     * @param allowed blocks that guests may reach although they are special
     * @param always what they may not reach even if it is allowed
     */
    ShutOff(List<Cidr> allowed, List<Cidr> always) {
        this.always = always;
        List<Cidr> left = SPECIAL;
        for (Cidr open : allowed) {
            left = left.stream().flatMap(block -> block.without(open).stream()).toList();
        }
        blocks = left;
    }

    /** All blocks, with the addresses that the host has now. */
    List<String> blocks() {
        // Loopback is in it whatever is allowed: a set of nft's may not be empty.
        return Stream.of(
                        blocks,
                        always,
                        HostAddress.all().stream().map(HostAddress::address).toList(),
                        List.of(LOOPBACK))
                .flatMap(List::stream)
                .map(Cidr::toString)
                .distinct()
                .toList();
    }
}
