package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.machine.Restarts;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/**
 * A row of the table {@code machines}. A new column is a component here or in one of the groups, and a migration.
 *
 * @param owner the name of the API key that created it
 */
record MachineRow(
        @Fixed String id,
        @Fixed long sequence,
        @Fixed int slot,
        @Fixed String name,
        SpecRow spec,
        @Fixed Optional<String> owner,
        @Fixed Optional<String> ownerKeyId,
        Optional<String> startsFrom,
        String status,
        Optional<String> errorMessage,
        Optional<InstanceRow> instance,
        int restartCount,
        Optional<Instant> restartAt,
        @Fixed Instant createdAt,
        Instant updatedAt,
        long version) {
    static final Columns<MachineRow> COLUMNS = Columns.of(MachineRow.class);

    static MachineRow of(Machine machine) {
        MachineSpec spec = machine.spec();
        return new MachineRow(
                machine.id().value(),
                machine.sequence(),
                machine.slot(),
                spec.name(),
                SpecRow.of(spec),
                machine.owner().map(Owner::name),
                machine.owner().flatMap(Owner::keyId),
                machine.startsFrom().map(SnapshotId::value),
                machine.status().text(),
                machine.errorMessage(),
                machine.instance().map(InstanceRow::of),
                machine.restarts().count(),
                machine.restarts().next(),
                machine.createdAt(),
                machine.updatedAt(),
                machine.version());
    }

    /**
     * The machine.
     *
     * @throws SQLException if this version does not know the status or the automation
     */
    Machine machine() throws SQLException {
        return new Machine(
                new MachineId(id),
                sequence,
                slot,
                spec.spec(name),
                owner.map(name -> new Owner(name, ownerKeyId)),
                startsFrom.map(SnapshotId::new),
                MachineStatus.of(status).orElseThrow(() -> new SQLException("unknown status: " + status)),
                errorMessage,
                instance.isPresent() ? Optional.of(instance.get().instance()) : Optional.empty(),
                new Restarts(restartCount, restartAt),
                createdAt,
                updatedAt,
                version);
    }
}
