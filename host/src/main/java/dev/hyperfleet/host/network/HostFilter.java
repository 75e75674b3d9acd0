package dev.hyperfleet.host.network;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The host's packet filter for traffic from and to machines: one nftables table of our own, replaced as a whole. Rules
 * of other programs are not touched. It names no machine: it matches the names of their interfaces, and the route to
 * each address.
 */
public final class HostFilter {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

    private final TapSettings settings;
    private final BlockedRanges shutOff;
    private final String table;

    /**
     * The filter of one control plane.
     *
     * @param fleet distinguishes its table from that of another control plane
     */
    public HostFilter(TapSettings settings, String fleet) {
        this.settings = settings;
        this.shutOff = new BlockedRanges(settings.allowed(), List.of(settings.pool()));
        this.table = "hyperfleet_" + fleet;
    }

    String rules() {
        String dns = settings.resolver()
                .filter(_ -> settings.egress())
                .map("    iifname \"hf-*\" ip daddr %s meta l4proto { tcp, udp } th dport 53 accept\n"::formatted)
                .orElse("");
        String otherwise = settings.egress() ? "" : "    iifname \"hf-*\" drop\n";
        return """
            table inet %1$s
            delete table inet %1$s
            table inet %1$s {
              set shut_off { type ipv4_addr; flags interval; auto-merge; elements = { %2$s } }
              chain from_machine {
                meta nfproto != ipv4 drop
                fib saddr . iif oif missing drop
              }
              chain input {
                type filter hook input priority filter - 10; policy accept;
                iifname "hf-*" jump from_machine
                iifname "hf-*" ct state established,related accept
            %3$s    iifname "hf-*" drop
              }
              chain forward {
                type filter hook forward priority filter - 10; policy accept;
                iifname "hf-*" jump from_machine
                iifname "hf-*" oifname "hf-*" drop
                oifname "hf-*" ct state established,related accept
                oifname "hf-*" drop
            %3$s    iifname "hf-*" ip daddr @shut_off drop
            %4$s  }
              chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr %5$s oifname != "hf-*" masquerade
              }
            }
            """.formatted(table, String.join(", ", shutOff.blocks()), dns, otherwise, settings.pool());
    }

    /**
     * Applies the filter atomically, and enables forwarding on the host.
     *
     * @param file where the rules are written, for people to read
     */
    public void apply(Path file) {
        requirePoolOfOurOwn();
        try {
            Files.writeString(file, rules());
            if (!Files.readString(FORWARDING).strip().equals("1")) {
                Files.writeString(FORWARDING, "1");
            }
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot set up the host's network: %s. HYPERFLEET_NETWORK=tap needs root.".formatted(failure),
                    failure);
        }
        Program.Result result = Program.run(List.of("nft", "-f", file.toString()), TIMEOUT);
        if (result.exitCode() != 0) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "nft refuses the rules in %s: %s"
                            .formatted(file, result.errors().strip()));
        }
    }

    /** Otherwise packets for foreign addresses would go to machines. */
    private void requirePoolOfOurOwn() {
        HostAddress.all().stream()
                .filter(address -> !address.device().startsWith(TapSettings.DEVICE_PREFIX))
                .filter(address -> settings.pool().contains(address.address())
                        || address.block().contains(settings.pool()))
                .findAny()
                .ifPresent(taken -> {
                    throw new HyperfleetException(
                            ErrorCode.CONFLICT,
                            ("HYPERFLEET_NETWORK_POOL is %s, but this host has %s on %s. Set it to a block that is "
                                            + "not used here.")
                                    .formatted(settings.pool(), taken.block(), taken.device()));
                });
    }

    /** Why this host cannot have such networks; empty if it can. */
    public static Optional<String> obstacle() {
        if (Program.find("nft").isEmpty()) {
            return Optional.of("nft is not on the PATH (apt-get install nftables)");
        }
        if (!Files.isWritable(FORWARDING)) {
            return Optional.of("this user may not change the host's network (that requires root)");
        }
        if (!Files.exists(Path.of("/dev/net/tun"))) {
            return Optional.of("/dev/net/tun does not exist (modprobe tun)");
        }
        return Optional.empty();
    }
}
