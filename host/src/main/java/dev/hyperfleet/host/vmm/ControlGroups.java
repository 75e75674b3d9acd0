package dev.hyperfleet.host.vmm;

import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.host.shim.ControlGroup;
import java.nio.file.Path;
import java.util.Map;

/** The limits of a machine's VMM on the host: the machine's size, and the VMM's own overhead. */
public final class ControlGroups {
    private static final long MIB = 1024 * 1024;
    private static final int PERIOD_MICROSECONDS = 100_000;

    /** For devices and console: a fifth of a CPU. */
    private static final int OWN_CPU_MICROSECONDS = 20_000;

    private static final int WEIGHT_OF_A_CPU = 100;
    private static final int MAX_WEIGHT = 10_000;

    private ControlGroups() {}

    /**
     * The group of one machine.
     *
     * @param overheadMib the VMM's memory besides the guest's, in MiB
     * @param threads the VMM's threads besides one for each vCPU
     */
    public static ControlGroup of(Path parent, Machine machine, long overheadMib, int threads) {
        int vcpus = machine.spec().vcpuCount();
        long quota = (long) vcpus * PERIOD_MICROSECONDS + OWN_CPU_MICROSECONDS;
        String weight = String.valueOf(Math.min(MAX_WEIGHT, vcpus * WEIGHT_OF_A_CPU));
        return new ControlGroup(
                parent.resolve(machine.id().value()),
                Map.of(
                        "cpu.max",
                        "%d %d".formatted(quota, PERIOD_MICROSECONDS),
                        "cpu.weight",
                        weight,
                        "memory.max",
                        String.valueOf((machine.spec().memSizeMib() + overheadMib) * MIB),
                        "memory.oom.group",
                        "1",
                        "pids.max",
                        String.valueOf(vcpus + threads)),
                Map.of("memory.swap.max", "0", "io.weight", weight));
    }
}
