package dev.hyperfleet.host.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserNetworkTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final Optional<Path> SLIRP = Optional.of(Path.of("/usr/bin/slirp4netns"));

    @Test
    void aMachineHasTheSameLocallyAdministeredAddressEachTime() {
        String mac = mac(ID);
        assertThat(mac).matches("AA:FC(:[0-9A-F]{2}){4}").isEqualTo(mac(ID));
        int first = Integer.parseInt(mac.substring(0, 2), 16);
        assertThat(first & 2).as("locally administered").isNotZero();
        assertThat(first & 1).as("multicast").isZero();
    }

    @Test
    void machinesHaveAddressesOfTheirOwn() {
        Set<String> macs = new HashSet<>();
        for (int number = 0; number < 1000; number++) {
            macs.add(mac(new MachineId("m%011d".formatted(number))));
        }
        assertThat(macs).hasSize(1000);
    }

    @Test
    void withAnUplinkThereIsAWayOutAndANameServer() {
        NetworkPlan plan = new UserNetwork(SLIRP, List.of(), false).plan(ID, 0);
        assertThat(plan.uplink()).contains("/usr/bin/slirp4netns");
        assertThat(plan.dns()).isPresent();
        assertThat(plan.attachment().egress()).isTrue();
    }

    @Test
    void withoutAnUplinkThereIsNeither() {
        NetworkPlan plan = new UserNetwork(Optional.empty(), List.of(), false).plan(ID, 0);
        assertThat(plan.uplink()).isEmpty();
        assertThat(plan.dns()).isEmpty();
        assertThat(plan.attachment().egress()).isFalse();
        assertThat(plan.attachment().guestAddress()).isNotEqualTo(plan.gateway());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.0.1",
                "169.254.169.254", // a cloud's metadata, with the host's credentials
                "100.64.0.1",
                "0.0.0.0",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255"
            })
    void privateAndSpecialAddressesAreOutOfReach(String address) {
        assertThat(isUnreachable(new UserNetwork(SLIRP, List.of(), false), address))
                .isTrue();
    }

    @Test
    void publicAddressesAreNot() {
        UserNetwork network = new UserNetwork(SLIRP, List.of(), false);
        for (String address :
                List.of("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "198.20.0.1", "223.255.255.255")) {
            assertThat(isUnreachable(network, address)).as(address).isFalse();
        }
    }

    @Test
    void whatIsAllowedIsWithinReachAndItsNeighboursAreNot() {
        UserNetwork network = new UserNetwork(
                SLIRP,
                List.of(Cidr.parse("10.20.0.0/16"), Cidr.parse("192.168.7.7"), Cidr.parse("172.0.0.0/8")),
                false);
        for (String open : List.of("10.20.0.0", "10.20.255.255", "192.168.7.7", "172.20.1.1")) {
            assertThat(isUnreachable(network, open)).as(open).isFalse();
        }
        for (String shut : List.of("10.19.255.255", "10.21.0.0", "192.168.7.6", "192.168.7.8", "169.254.169.254")) {
            assertThat(isUnreachable(network, shut)).as(shut).isTrue();
        }
    }

    @Test
    void theHostItselfIsOutOfReachWhateverIsAllowed() throws SocketException {
        List<String> unreachable = new UserNetwork(SLIRP, List.of(Cidr.parse("0.0.0.0/0")), false)
                .plan(ID, 0)
                .unreachable();
        List<String> own = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(address -> address.getHostAddress() + "/32")
                .distinct()
                .toList();
        assertThat(unreachable).contains("127.0.0.0/8").containsAll(own).hasSize(own.size() + 1);
    }

    private static String mac(MachineId id) {
        return new UserNetwork(SLIRP, List.of(), false).plan(id, 0).attachment().guestMac();
    }

    private static boolean isUnreachable(UserNetwork network, String address) {
        return network.plan(ID, 0).unreachable().stream()
                .anyMatch(block -> Cidr.parse(block).contains(Cidr.parse(address)));
    }
}
