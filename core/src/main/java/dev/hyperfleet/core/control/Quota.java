package dev.hyperfleet.core.control;

import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import java.util.OptionalLong;

/**
 * The limits of the whole host, or of the machines of one API key. Empty means no limit.
 *
 * @param machines existing machines
 * @param running machines with a VMM: those that are starting, running, paused or stopping
 * @param vcpus total virtual CPUs of those
 * @param memSizeMib total memory of those, in MiB
 */
public record Quota(OptionalLong machines, OptionalLong running, OptionalLong vcpus, OptionalLong memSizeMib) {
    /** No limit at all. */
    public static final Quota NONE =
            new Quota(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    /** Usage, in the same units. */
    public record Usage(long machines, long running, long vcpus, long memSizeMib) {
        public static final Usage NONE = new Usage(0, 0, 0, 0);
        static final Usage EXISTING = new Usage(1, 0, 0, 0);

        /** What this machine adds by running. */
        static Usage running(MachineSpec spec) {
            return new Usage(0, 1, spec.vcpuCount(), spec.memSizeMib());
        }

        /** What this machine uses now. */
        static Usage of(Machine machine) {
            return machine.status().hasVmm() ? EXISTING.plus(running(machine.spec())) : EXISTING;
        }

        Usage plus(Usage more) {
            return new Usage(
                    machines + more.machines, running + more.running, vcpus + more.vcpus, memSizeMib + more.memSizeMib);
        }

        Usage minus(Usage less) {
            return plus(new Usage(-less.machines, -less.running, -less.vcpus, -less.memSizeMib));
        }
    }
}
