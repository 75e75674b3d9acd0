package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.Lease;
import java.time.Instant;
import java.util.Optional;

/** A row of the table {@code leases}. */
record LeaseRow(
        @Fixed String machineId,
        String nonce,
        Optional<String> owner,
        Optional<String> description,
        Instant createdAt,
        Instant expiresAt) {
    static final Columns<LeaseRow> COLUMNS = Columns.of(LeaseRow.class);

    static LeaseRow of(Lease lease) {
        return new LeaseRow(
                lease.machine().value(),
                lease.nonce(),
                lease.owner(),
                lease.description(),
                lease.createdAt(),
                lease.expiresAt());
    }

    Lease lease() {
        return new Lease(new MachineId(machineId), nonce, owner, description, createdAt, expiresAt);
    }
}
