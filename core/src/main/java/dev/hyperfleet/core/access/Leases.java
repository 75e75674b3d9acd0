package dev.hyperfleet.core.access;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.Machine;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Leases of machines: while one is held, only requests with its nonce may change the machine. A lease expires by the
 * clock. Requests in progress when it is granted continue, and automatic actions do not need it. Safe for concurrent
 * use.
 */
public final class Leases {
    private static final int NONCE_BYTES = 16;

    private final Machines machines;
    private final LeaseStore store;
    private final Clock clock;
    private final RandomGenerator random;

    /**
     * @param random cryptographically strong
     */
    public Leases(Machines machines, LeaseStore store, Clock clock, RandomGenerator random) {
        this.machines = machines;
        this.store = store;
        this.clock = clock;
        this.random = random;
    }

    /** A lease with the version that its machine had when the lease was read. */
    public record Grant(Lease lease, long version, boolean isNew) {}

    /**
     * Takes a lease, or renews that of this nonce, counted from now.
     *
     * @param owner the key that takes it; a renewed lease keeps its owner
     * @param description if present, replaces that of a renewed lease
     * @throws HyperfleetException {@link ErrorCode#LEASED} if another client holds one; {@link ErrorCode#LEASE_LOST} if
     * that of this nonce has ended
     */
    public Grant take(
            MachineId id,
            Optional<String> nonce,
            Duration timeToLive,
            Optional<String> owner,
            Optional<String> description) {
        return machines.whileUnchanged(id, machine -> {
            require(id, nonce);
            Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
            Instant expiry = now.plus(timeToLive);
            Lease lease = held(id).map(mine -> mine.renewed(expiry, description))
                    .orElseGet(() -> new Lease(id, nonce(), owner, description, now, expiry));
            store.put(lease);
            return new Grant(lease, machine.version(), nonce.isEmpty());
        });
    }

    private String nonce() {
        byte[] bytes = new byte[NONCE_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The current lease. */
    public Grant get(MachineId id) {
        Machine machine = machines.get(id);
        return new Grant(held(id).orElseThrow(() -> notLeased(id)), machine.version(), false);
    }

    /** Ends a lease before it expires. */
    public void release(MachineId id, Optional<String> nonce) {
        machines.whileUnchanged(id, _ -> {
            if (held(id).isEmpty()) {
                throw notLeased(id);
            }
            require(id, nonce);
            store.delete(id);
            return id;
        });
    }

    /**
     * Refuses a request that may not change a machine now.
     *
     * @param nonce the caller's nonce, if any; its lease must still be held
     * @throws HyperfleetException as {@link #take}
     */
    public void require(MachineId id, Optional<String> nonce) {
        Optional<Lease> held = held(id);
        if (held.isEmpty() && nonce.isPresent()) {
            throw new HyperfleetException(
                    ErrorCode.LEASE_LOST,
                    "The lease of this nonce on machine %s has ended. Take a new one, and check what has changed."
                            .formatted(id));
        }
        if (held.isPresent() && !nonce.filter(given -> isOf(held.get(), given)).isPresent()) {
            throw new HyperfleetException(
                    ErrorCode.LEASED,
                    "Machine %s is leased%s until %s%s. Retry after that time."
                            .formatted(
                                    id,
                                    held.get()
                                            .owner()
                                            .map(" by '%s'"::formatted)
                                            .orElse(""),
                                    held.get().expiresAt(),
                                    held.get()
                                            .description()
                                            .map(" ('%s')"::formatted)
                                            .orElse("")));
        }
    }

    private static boolean isOf(Lease lease, String nonce) {
        return MessageDigest.isEqual(
                lease.nonce().getBytes(StandardCharsets.UTF_8), nonce.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<Lease> held(MachineId id) {
        Instant now = clock.instant();
        return store.find(id).filter(lease -> lease.isHeldAt(now));
    }

    private static HyperfleetException notLeased(MachineId id) {
        return new HyperfleetException(ErrorCode.NOT_FOUND, "Machine %s is not leased".formatted(id));
    }
}
