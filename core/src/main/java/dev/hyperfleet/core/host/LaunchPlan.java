package dev.hyperfleet.core.host;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.machine.Machine;
import java.util.List;

/**
 * One run of a machine.
 *
 * @param machine which
 * @param disks its disks, in the guest's order
 * @param from what its guest begins from
 */
public record LaunchPlan(Machine machine, List<Disk> disks, Origin from) {
    /** What a guest begins from. */
    public sealed interface Origin {
        /** The machine's image: its kernel boots. */
        record Boot() implements Origin {}
    }

    /** A run that boots the machine's image with the machine's disks. */
    public static LaunchPlan boot(Machine machine) {
        return new LaunchPlan(machine, machine.spec().disks(), new Origin.Boot());
    }
}
