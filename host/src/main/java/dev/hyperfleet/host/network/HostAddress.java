package dev.hyperfleet.host.network;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/**
 * An IPv4 address of the host, except loopback ones.
 *
 * @param block the addresses on the same link
 */
record HostAddress(String device, Cidr address, Cidr block) {
    /** All current ones. */
    static List<HostAddress> all() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(card -> card.getInterfaceAddresses().stream()
                            .filter(HostAddress::isOfInterest)
                            .map(address -> of(card.getName(), address)))
                    .toList();
        } catch (SocketException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot list the host's addresses, which guests must not reach: " + failure.getMessage(),
                    failure);
        }
    }

    private static boolean isOfInterest(InterfaceAddress address) {
        return address.getAddress() instanceof Inet4Address inet && !inet.isLoopbackAddress();
    }

    private static HostAddress of(String device, InterfaceAddress address) {
        String text = address.getAddress().getHostAddress();
        return new HostAddress(device, Cidr.parse(text), Cidr.parse(text + "/" + address.getNetworkPrefixLength()));
    }
}
