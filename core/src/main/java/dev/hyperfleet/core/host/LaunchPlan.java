package dev.hyperfleet.core.host;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.machine.Machine;
import java.util.List;

/**
 * One run of a machine.
 *
 * @param machine the machine
 * @param disks its disks, in the guest's order
 * @param from how its guest begins
 */
public record LaunchPlan(Machine machine, List<Disk> disks, Origin from) {
    /** How a guest begins. */
    public sealed interface Origin {
        /** It boots the kernel of the machine's image. */
        record Boot() implements Origin {}
    }

    /** A run that boots the machine's image with the machine's disks. */
    public static LaunchPlan boot(Machine machine) {
        return new LaunchPlan(machine, machine.spec().disks(), new Origin.Boot());
    }
}
