package dev.hyperfleet.api.snapshot;

import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as sent to clients.
 *
 * @param haltedMs how long the guest was halted, in milliseconds
 * @param usedBy the names of machines that have not started from it yet
 */
record SnapshotJson(
        String id,
        String name,
        Map<String, String> labels,
        String machineId,
        String machineName,
        boolean memory,
        @Nullable String vmm,
        int vcpuCount,
        long memSizeMib,
        long memoryBytes,
        long diskBytes,
        double haltedMs,
        List<String> usedBy,
        @Nullable String owner,
        Instant createdAt) {
    private static final double NANOSECONDS = 1e6;

    static SnapshotJson of(Snapshot snapshot, List<Machine> users) {
        return new SnapshotJson(
                snapshot.id().value(),
                snapshot.name(),
                new TreeMap<>(snapshot.labels()),
                snapshot.machine().value(),
                snapshot.spec().name(),
                snapshot.hasMemory(),
                snapshot.vmm().orElse(null),
                snapshot.spec().vcpuCount(),
                snapshot.spec().memSizeMib(),
                snapshot.memoryBytes(),
                snapshot.diskBytes(),
                snapshot.halted().toNanos() / NANOSECONDS,
                users.stream().map(machine -> machine.spec().name()).toList(),
                snapshot.owner().map(Owner::name).orElse(null),
                snapshot.createdAt());
    }
}
