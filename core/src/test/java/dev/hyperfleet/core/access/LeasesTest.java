package dev.hyperfleet.core.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.FakeServer;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.request.RequestContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class LeasesTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeServer server = FakeServer.on(new FakeHost());
    private final FakeClock clock = new FakeClock();
    private final FakeLeaseStore store = new FakeLeaseStore();
    private final Leases leases = leases();
    private final MachineId id = server.machines.create(Specs.named("one")).id();

    private Leases leases() {
        return new Leases(server.machines, store, clock, RandomGenerator.of("L64X128MixRandom"));
    }

    private static final class FakeClock extends Clock {
        Instant now = Instant.parse("2026-02-03T04:05:06Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private static final class FakeLeaseStore implements LeaseStore {
        final Map<MachineId, Lease> rows = new ConcurrentHashMap<>();

        @Override
        public Optional<Lease> find(MachineId machine) {
            return Optional.ofNullable(rows.get(machine));
        }

        @Override
        public void put(Lease lease) {
            rows.put(lease.machine(), lease);
        }

        @Override
        public void delete(MachineId machine) {
            rows.remove(machine);
        }
    }

    private Optional<String> take(String owner) {
        return Optional.of(leases.take(id, Optional.empty(), MINUTE, Optional.of(owner), Optional.of("deploys"))
                .lease()
                .nonce());
    }

    private void refused(ErrorCode code, Optional<String> nonce) {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> leases.require(id, nonce))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    @Test
    void whileALeaseIsHeldOnlyItsHolderMayChangeTheMachine() {
        leases.require(id, Optional.empty());
        Optional<String> nonce = take("ci");
        leases.require(id, nonce);
        refused(ErrorCode.LEASED, Optional.empty());
        refused(ErrorCode.LEASED, Optional.of("guessed"));
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> take("another"))
                .withMessageContaining("leased by 'ci' until 2026-02-03T04:06:06Z ('deploys')")
                .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain(nonce.orElseThrow()));
        leases.release(id, nonce);
        leases.require(id, Optional.empty());
        refused(ErrorCode.LEASE_LOST, nonce);
    }

    @Test
    void aLeaseEndsByTheClockAndWhoHadItIsTold() {
        Optional<String> nonce = take("ci");
        clock.now = clock.now.plus(MINUTE).minusMillis(1);
        refused(ErrorCode.LEASED, Optional.empty());
        clock.now = clock.now.plusMillis(1);
        leases.require(id, Optional.empty());
        refused(ErrorCode.LEASE_LOST, nonce);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> leases.take(id, nonce, MINUTE, Optional.empty(), Optional.empty()))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.LEASE_LOST));
        Optional<String> next = take("another");
        assertThat(next).isNotEqualTo(nonce);
        refused(ErrorCode.LEASED, nonce);
    }

    @Test
    void aRenewalLastsFromNowOnAndKeepsNonceOwnerAndDescription() {
        Optional<String> nonce = take("ci");
        clock.now = clock.now.plusSeconds(50);
        Lease renewed = leases.take(id, nonce, MINUTE, Optional.of("other key"), Optional.empty())
                .lease();
        assertThat(renewed.nonce()).isEqualTo(nonce.orElseThrow());
        assertThat(renewed.owner()).contains("ci");
        assertThat(renewed.description()).contains("deploys");
        assertThat(renewed.expiresAt()).isEqualTo(clock.now.plus(MINUTE));
        clock.now = clock.now.plusSeconds(59);
        leases.require(id, nonce);
    }

    @Test
    void theNextServerHasTheLeases() {
        Optional<String> nonce = take("ci");
        Leases next = leases();
        assertThat(next.get(id).lease().nonce()).isEqualTo(nonce.orElseThrow());
        next.require(id, nonce);
    }

    @Test
    void whoTakesALeaseInTheMiddleOfAnothersRequestKeepsItsChangeOut() {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> RequestContext.current()
                        .under(machine -> leases.require(machine.id(), Optional.empty()))
                        .run(() -> {
                            take("ci"); // after the request was let in, before it is decided on
                            server.machines.start(id);
                        }))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.LEASED));
        assertThat(server.machines.get(id).status()).isEqualTo(MachineStatus.PENDING);
    }

    @Test
    void aMachineThatDoesNotExistCannotBeLeased() {
        server.machines.delete(id);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> take("ci"))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThat(store.rows).isEmpty();
    }

    @Test
    void everyChangeOfAMachineMovesItsVersionAndNothingElseDoes() {
        assertThat(server.machines.get(id).version()).isEqualTo(1);
        assertThat(server.machines.start(id).version()).isEqualTo(3); // starting, running
        assertThat(server.machines.configure(id, spec -> spec).version()).isEqualTo(3);
        assertThat(server.machines.stop(id).version()).isEqualTo(5);
        assertThat(leases.take(id, Optional.empty(), MINUTE, Optional.empty(), Optional.empty())
                        .version())
                .isEqualTo(5);
        assertThat(server.host.stored).containsEntry(id, server.machines.get(id));
    }
}
