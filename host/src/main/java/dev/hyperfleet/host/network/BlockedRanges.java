package dev.hyperfleet.host.network;

import java.util.List;
import java.util.stream.Stream;

/**
 * The ranges that guests cannot reach: private, link-local and other special blocks that were not allowed, and each
 * address of the host itself, whatever else is allowed.
 */
final class BlockedRanges {
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
     * The special blocks except allowed ones.
     *
     * @param allowed blocks that guests may reach although they are special
     * @param always ranges that they may not reach even if allowed
     */
    BlockedRanges(List<Cidr> allowed, List<Cidr> always) {
        this.always = always;
        List<Cidr> left = SPECIAL;
        for (Cidr open : allowed) {
            left = left.stream().flatMap(block -> block.without(open).stream()).toList();
        }
        blocks = left;
    }

    /** All blocks, with the host's current addresses. */
    List<String> blocks() {
        // Loopback is always in it: a set in nft must not be empty.
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
