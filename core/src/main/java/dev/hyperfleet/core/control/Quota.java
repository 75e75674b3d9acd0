package dev.hyperfleet.core.control;

import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.util.OptionalLong;

/**
 * The limits of the whole host, or of the machines of one API key. Empty means no limit.
 *
 * @param machines existing machines
 * @param running machines with a VMM: those that are starting, running, paused or stopping
 * @param vcpus total virtual CPUs of those
 * @param memSizeMib total memory of those, in MiB
 * @param snapshots users' snapshots, without those that exist only during a fork
 * @param snapshotMib the disk space of those, in MiB
 */
public record Quota(
        OptionalLong machines,
        OptionalLong running,
        OptionalLong vcpus,
        OptionalLong memSizeMib,
        OptionalLong snapshots,
        OptionalLong snapshotMib) {
    private static final long MIB = 1024 * 1024;

    /** No limit at all. */
    public static final Quota NONE = new Quota(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());

    /** Usage, in the same units. */
    public record Usage(long machines, long running, long vcpus, long memSizeMib, long snapshots, long snapshotMib) {
        public static final Usage NONE = ofMachines(0, 0, 0, 0);
        static final Usage EXISTING = ofMachines(1, 0, 0, 0);

        /** Usage without snapshots. */
        static Usage ofMachines(long machines, long running, long vcpus, long memSizeMib) {
            return new Usage(machines, running, vcpus, memSizeMib, 0, 0);
        }

        /** What this machine adds by running. */
        static Usage running(MachineSpec spec) {
            return ofMachines(0, 1, spec.vcpuCount(), spec.memSizeMib());
        }

        /** What this machine uses now. */
        static Usage of(Machine machine) {
            return machine.status().hasVmm() ? EXISTING.plus(running(machine.spec())) : EXISTING;
        }

        /** What this snapshot takes; a part of a MiB counts as one. */
        static Usage of(Snapshot snapshot) {
            return new Usage(0, 0, 0, 0, 1, Math.ceilDiv(snapshot.memoryBytes() + snapshot.diskBytes(), MIB));
        }

        Usage plus(Usage more) {
            return new Usage(
                    machines + more.machines,
                    running + more.running,
                    vcpus + more.vcpus,
                    memSizeMib + more.memSizeMib,
                    snapshots + more.snapshots,
                    snapshotMib + more.snapshotMib);
        }

        Usage minus(Usage less) {
            return plus(new Usage(
                    -less.machines, -less.running, -less.vcpus, -less.memSizeMib, -less.snapshots, -less.snapshotMib));
        }
    }
}
