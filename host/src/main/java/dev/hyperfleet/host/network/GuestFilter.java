package dev.hyperfleet.host.network;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The packet filter inside a machine's network namespace, for nft: the guest can only use its own addresses, reaches
 * the internet but no blocked range, and the host reaches it at the machine's own address. It works independently of
 * the host's rules; docs/networking.md shows the path of a packet.
 */
final class GuestFilter {
    private GuestFilter() {}

    /**
     * The rules of one machine.
     *
     * @param address the machine's own; empty if the uplink assigns one
     * @param resolver the name server behind the gateway's port 53
     * @param egress whether the guest reaches the internet
     */
    static String rules(
            String mac, Optional<String> address, Optional<String> resolver, boolean egress, List<String> shutOff) {
        StringBuilder prerouting = new StringBuilder();
        StringBuilder outgoing = new StringBuilder();
        resolver.filter(_ -> egress).ifPresent(server -> {
            String dns = "meta l4proto { tcp, udp } th dport 53";
            line(
                    prerouting,
                    "iifname \"tap0\" ip daddr %s %s dnat ip to %s".formatted(GuestAddresses.GATEWAY, dns, server));
            line(outgoing, "ip daddr %s %s accept".formatted(server, dns));
        });
        address.ifPresent(own ->
                line(prerouting, "iifname \"uplink\" ip daddr %s dnat ip to %s".formatted(own, GuestAddresses.GUEST)));
        line(outgoing, "ip daddr @shut_off drop");
        if (egress) {
            line(outgoing, "accept");
        }
        return """
            table netdev hyperfleet {
              chain guest {
                type filter hook ingress device "tap0" priority 0; policy drop;
                ether saddr != %1$s drop
                ether type arp arp saddr ether %1$s arp saddr ip %2$s accept
                ether type ip ip saddr %2$s accept
              }
            }
            table inet hyperfleet {
              set shut_off { type ipv4_addr; flags interval; auto-merge; elements = { %4$s } }
              chain prerouting {
                type nat hook prerouting priority dstnat;
            %5$s  }
              chain postrouting {
                type nat hook postrouting priority srcnat;
                oifname "uplink" ip saddr %2$s %6$s
              }
              chain outgoing {
            %7$s  }
              chain forward {
                type filter hook forward priority filter; policy drop;
                ct state established,related accept
                iifname "tap0" ct state new limit rate over 1000/second burst 5000 packets drop
                iifname "tap0" oifname "uplink" jump outgoing
                iifname "uplink" oifname "tap0" ct status dnat accept
              }
              chain output {
                type filter hook output priority filter; policy drop;
                oifname "tap0" accept
                ct state established,related accept
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "tap0" ip daddr %3$s icmp type echo-request accept
              }
            }
            """.formatted(
                        mac,
                        GuestAddresses.GUEST,
                        GuestAddresses.GATEWAY,
                        shutOff.stream().collect(Collectors.joining(", ")),
                        prerouting,
                        address.map("snat ip to %s"::formatted).orElse("masquerade"),
                        outgoing);
    }

    private static void line(StringBuilder chain, String rule) {
        chain.append("    ").append(rule).append('\n');
    }
}
