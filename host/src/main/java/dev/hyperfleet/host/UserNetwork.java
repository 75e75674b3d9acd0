package dev.hyperfleet.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MachineNetwork;
import dev.hyperfleet.core.NetworkAttachment;
import dev.hyperfleet.core.NetworkPlan;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * The network that needs no privileges: each VMM has a network namespace of its own, in it its user-mode
 * network, and slirp4netns as the way out. Nothing in the namespace reaches the host's own addresses,
 * nor private and link-local ones that were not allowed.
 */
public final class UserNetwork implements MachineNetwork {
    /** What the guest is called in its own little network, the same in all machines. */
    private static final String GUEST_ADDRESS = "172.16.0.2";

    private static final String GATEWAY = "172.16.0.1";

    /** slirp4netns answers there, with what the host's resolver says. */
    private static final String DNS = "10.0.2.3";

    /** slirp4netns' own network is 10.0.2.0/24, on-link in the namespace and so still reachable. */
    private static final List<String> PRIVATE = List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4");

    private final Optional<Path> slirp4netns;
    private final List<Cidr> shutOff; // the private blocks, less those that are allowed

    /**
     * A network without privileges.
     *
     * @param slirp4netns the program; without it guests have no way out
     * @param allowed blocks that guests may reach although they are private
     */
    public UserNetwork(Optional<Path> slirp4netns, List<Cidr> allowed) {
        this.slirp4netns = slirp4netns;
        this.shutOff = without(PRIVATE.stream().map(Cidr::parse).toList(), allowed);
    }

    @Override
    public NetworkPlan plan(MachineId id) {
        boolean egress = slirp4netns.isPresent();
        return new NetworkPlan(
                new NetworkAttachment(GUEST_ADDRESS, mac(id), egress),
                GATEWAY,
                egress ? Optional.of(DNS) : Optional.empty(),
                slirp4netns.map(Path::toString),
                unreachable());
    }

    /** Locally administered, and always the same for the same machine. */
    private static String mac(MachineId id) {
        CRC32 hash = new CRC32();
        hash.update(id.value().getBytes(StandardCharsets.US_ASCII));
        long value = hash.getValue();
        return "AA:FC:%02X:%02X:%02X:%02X"
                .formatted(value >> 24 & 255, value >> 16 & 255, value >> 8 & 255, value & 255);
    }

    private static List<Cidr> without(List<Cidr> blocks, List<Cidr> allowed) {
        List<Cidr> left = blocks;
        for (Cidr open : allowed) {
            left = left.stream().flatMap(block -> block.without(open).stream()).toList();
        }
        return left;
    }

    private List<String> unreachable() {
        return Stream.concat(shutOff.stream(), hostAddresses().stream())
                .map(Cidr::toString)
                .distinct()
                .toList();
    }

    /** The host itself stays out of reach by each of its addresses, whatever else is allowed. */
    private static List<Cidr> hostAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(card -> card.getInterfaceAddresses().stream())
                    .map(InterfaceAddress::getAddress)
                    .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                    .map(address -> Cidr.parse(address.getHostAddress()))
                    .toList();
        } catch (SocketException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot list the host's addresses, which guests must not reach: " + failure.getMessage(),
                    failure);
        }
    }
}
