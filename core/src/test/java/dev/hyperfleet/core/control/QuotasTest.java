package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.Quota.Usage;
import dev.hyperfleet.core.machine.Specs;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class QuotasTest {
    private static final Optional<String> CI = Optional.of("ci");
    private static final Optional<String> OTHER = Optional.of("other");
    private static final Quota TWO_CPUS = new Quota(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.of(2),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());

    @Test
    void whatIsTooMuchForAKeyIsRefusedAndNotCounted() {
        Quotas quotas = new Quotas(Quota.NONE, key -> key.equals("ci") ? TWO_CPUS : Quota.NONE);
        quotas.take(CI, Usage.ofMachines(0, 1, 1, 256));
        assertThatThrownBy(() -> quotas.take(CI, Usage.ofMachines(0, 1, 2, 256)))
                .isInstanceOf(HyperfleetException.class)
                .hasMessage("API key 'ci' may have 2 running virtual CPUs, has 1, and this requires 2 more. Stop a "
                        + "machine, or have the quota raised.");
        assertThat(quotas.usedBy("ci")).isEqualTo(Usage.ofMachines(0, 1, 1, 256));
        quotas.take(OTHER, Usage.ofMachines(0, 1, 32, 256));
        quotas.take(CI, Usage.ofMachines(0, 1, 1, 256));
        assertThat(quotas.used()).isEqualTo(Usage.ofMachines(0, 3, 34, 768));
    }

    @Test
    void whatIsTooMuchForTheHostIsRefusedToEveryKey() {
        Quotas quotas = new Quotas(TWO_CPUS, _ -> Quota.NONE);
        quotas.take(CI, Usage.ofMachines(0, 1, 2, 256));
        assertThatThrownBy(() -> quotas.take(OTHER, Usage.ofMachines(0, 1, 1, 256)))
                .hasMessageStartingWith("This host");
        assertThatThrownBy(() -> quotas.take(Optional.empty(), Usage.ofMachines(0, 1, 1, 256)))
                .hasMessageStartingWith("This host");
        quotas.free(CI, Usage.ofMachines(0, 1, 2, 256));
        quotas.take(OTHER, Usage.ofMachines(0, 1, 1, 256));
        assertThat(quotas.usedBy("ci")).isEqualTo(Usage.NONE);
    }

    @Test
    void aQuotaThatWasLoweredRefusesMoreAndTakesNothingAway() {
        Quotas quotas = new Quotas(TWO_CPUS, _ -> Quota.NONE);
        quotas.occupy(CI, Usage.ofMachines(1, 1, 8, 256));
        assertThatThrownBy(() -> quotas.take(CI, Usage.ofMachines(0, 1, 1, 1))).isInstanceOf(HyperfleetException.class);
        quotas.take(CI, Usage.ofMachines(1, 0, 0, 0));
        assertThat(quotas.used()).isEqualTo(Usage.ofMachines(2, 1, 8, 256));
    }

    @Test
    void aMachineCountsFromTheMomentOfItsStartUntilItHasStopped() {
        FakeHost host = new FakeHost();
        FakeServer server = FakeServer.on(host);
        MachineId id = server.machines.create(Specs.named("one")).id();
        assertThat(server.quotas.used()).isEqualTo(Usage.EXISTING);
        server.machines.start(id);
        Usage running =
                Usage.EXISTING.plus(Usage.running(server.machines.get(id).spec()));
        assertThat(server.quotas.used()).isEqualTo(running);
        FakeServer next = FakeServer.on(host);
        var _ = next.recover();
        assertThat(next.quotas.used()).isEqualTo(running);
        next.machines.stop(id);
        assertThat(next.quotas.used()).isEqualTo(Usage.EXISTING);
        next.machines.delete(id);
        assertThat(next.quotas.used()).isEqualTo(Usage.NONE);
    }

    @Test
    void aStartThatCouldNotBeStoredCountsForNothing() {
        FakeServer server = FakeServer.on(new FakeHost());
        MachineId id = server.machines.create(Specs.named("one")).id();
        server.storeFailure = Optional.of(new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "full"));
        assertThatThrownBy(() -> server.machines.start(id)).hasMessage("full");
        assertThat(server.quotas.used()).isEqualTo(Usage.EXISTING);
    }
}
