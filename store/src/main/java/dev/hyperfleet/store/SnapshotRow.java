package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.snapshot.BootKey;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * A row of the table {@code snapshots}.
 *
 * @param labels a JSON object of texts
 * @param haltedUs microseconds
 */
record SnapshotRow(
        @Fixed String id,
        @Fixed String name,
        @Fixed String labels,
        @Fixed String machineId,
        @Fixed String machineName,
        @Fixed SpecRow spec,
        @Fixed Optional<String> vmm,
        @Fixed long memoryBytes,
        @Fixed long diskBytes,
        @Fixed long haltedUs,
        @Fixed Optional<String> boots,
        @Fixed boolean temporary,
        @Fixed Optional<String> owner,
        @Fixed Optional<String> ownerKeyId,
        @Fixed Instant createdAt) {
    static final Columns<SnapshotRow> COLUMNS = Columns.of(SnapshotRow.class);

    private static final JsonMapper JSON = JsonMapper.shared();

    static SnapshotRow of(Snapshot snapshot) {
        MachineSpec spec = snapshot.spec();
        return new SnapshotRow(
                snapshot.id().value(),
                snapshot.name(),
                JSON.writeValueAsString(new TreeMap<>(snapshot.labels())),
                snapshot.machine().value(),
                spec.name(),
                SpecRow.of(spec),
                snapshot.vmm(),
                snapshot.memoryBytes(),
                snapshot.diskBytes(),
                snapshot.halted().toNanos() / 1_000,
                snapshot.boots().map(BootKey::digest),
                snapshot.temporary(),
                snapshot.owner().map(Owner::name),
                snapshot.owner().flatMap(Owner::keyId),
                snapshot.createdAt());
    }

    /**
     * The snapshot.
     *
     * @throws SQLException if this version does not know the automation or the disks
     */
    Snapshot snapshot() throws SQLException {
        return new Snapshot(
                new SnapshotId(id),
                name,
                labels(labels),
                new MachineId(machineId),
                spec.spec(machineName),
                vmm,
                memoryBytes,
                diskBytes,
                Duration.ofNanos(haltedUs * 1_000),
                boots.map(BootKey::new),
                temporary,
                owner.map(by -> new Owner(by, ownerKeyId)),
                createdAt);
    }

    private static Map<String, String> labels(String text) throws SQLException {
        try {
            return JSON.readValue(text, new TypeReference<Map<String, String>>() {});
        } catch (JacksonException failure) {
            throw new SQLException("cannot read the labels " + text, failure);
        }
    }
}
