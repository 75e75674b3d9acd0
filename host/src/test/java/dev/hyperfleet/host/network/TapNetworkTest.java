package dev.hyperfleet.host.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The planned network; tests with real machines show that it withstands a hostile guest. */
class TapNetworkTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final Cidr POOL = Cidr.parse("10.213.0.0/20");

    @Test
    void fourThousandMachinesHaveEachAnAddressOfTheirOwn() {
        TapNetwork network = network(Optional.empty(), true);
        assertThat(network.capacity()).isGreaterThanOrEqualTo(4000);
        Set<String> addresses = new HashSet<>();
        for (int slot = 0; slot < network.capacity(); slot++) {
            NetworkPlan plan = network.plan(ID, slot);
            String address = plan.attachment().privateAddress().orElseThrow();
            assertThat(POOL.contains(Cidr.parse(address))).isTrue();
            assertThat(address).isNotEqualTo(plan.pair().orElseThrow().hostAddress());
            assertThat(addresses.add(address)).as(address).isTrue();
        }
        assertThat(addresses).doesNotContain("10.213.0.0", "10.213.15.255");
    }

    @Test
    void aMachineThatThePoolHasNoRoomForGetsNobodyElsesAddress() {
        TapNetwork network = network(Optional.empty(), true);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> network.plan(ID, network.capacity()))
                .withMessageContaining("HYPERFLEET_NETWORK_POOL, 10.213.0.0/20, has no address for this machine");
    }

    @Test
    void thePoolIsShutOffWhateverIsAllowed() {
        TapNetwork network =
                new TapNetwork(new TapSettings(POOL, Optional.empty(), true, List.of(Cidr.parse("0.0.0.0/0"))));
        assertThat(network.plan(ID, 0).filter().orElseThrow()).contains(POOL.toString(), "127.0.0.0/8");
    }

    @Test
    void insideAllMachinesLookAlike() {
        NetworkPlan one = network(Optional.of("192.0.2.53"), true).plan(ID, 0);
        NetworkPlan other = network(Optional.of("198.51.100.53"), true).plan(new MachineId("zyxwvutsrqpo"), 17);
        assertThat(one.attachment().guestAddress()).isEqualTo(other.attachment().guestAddress());
        assertThat(one.attachment().tap()).isEqualTo(other.attachment().tap());
        assertThat(one.gateway()).isEqualTo(other.gateway());
        assertThat(one.dns()).isEqualTo(other.dns()).contains(one.gateway());
    }

    @Test
    void theCardOnTheHostIsCalledAfterTheMachineAndFitsTheKernelsNames() {
        String device =
                network(Optional.empty(), true).plan(ID, 3).pair().orElseThrow().device();
        assertThat(device).isEqualTo("hf-abcdefghijkl").hasSizeLessThanOrEqualTo(15);
    }

    @Test
    void withoutAWayOutThereIsNoNameServerEither() {
        NetworkPlan plan = network(Optional.of("192.0.2.53"), false).plan(ID, 0);
        assertThat(plan.attachment().egress()).isFalse();
        assertThat(plan.dns()).isEmpty();
        assertThat(plan.filter().orElseThrow()).doesNotContain("192.0.2.53");
    }

    private static TapNetwork network(Optional<String> resolver, boolean egress) {
        return new TapNetwork(new TapSettings(POOL, resolver, egress, List.of()));
    }
}
