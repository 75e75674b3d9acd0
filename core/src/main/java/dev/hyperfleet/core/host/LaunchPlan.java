package dev.hyperfleet.core.host;

import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.machine.Machine;
import java.util.List;
import java.util.Optional;

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

        /** It boots with a copy of a snapshot's disk, which replaces its own. */
        record SavedDisk(SnapshotId snapshot) implements Origin {}

        /** It continues with a copy of a snapshot's disk, which replaces its own, and of its memory. */
        record SavedMemory(SnapshotId snapshot) implements Origin {}

        /** It continues with its own disk, and the memory that was saved when it was suspended. */
        record OwnMemory() implements Origin {}

        /** Whether it continues with a saved memory, and does not boot. */
        default boolean isRestored() {
            return this instanceof SavedMemory || this instanceof OwnMemory;
        }

        /** The snapshot with the disk, if there is one. */
        default Optional<SnapshotId> disk() {
            return switch (this) {
                case Boot _, OwnMemory _ -> Optional.empty();
                case SavedDisk(SnapshotId snapshot) -> Optional.of(snapshot);
                case SavedMemory(SnapshotId snapshot) -> Optional.of(snapshot);
            };
        }

        /** The snapshot with the memory, if there is one. */
        default Optional<SnapshotId> memory() {
            return this instanceof SavedMemory(SnapshotId snapshot) ? Optional.of(snapshot) : Optional.empty();
        }
    }

    /** A run that boots the machine's image with the machine's disks. */
    public static LaunchPlan boot(Machine machine) {
        return from(new Origin.Boot(), machine);
    }

    /** A run that begins like this, with the machine's disks. */
    public static LaunchPlan from(Origin origin, Machine machine) {
        return new LaunchPlan(machine, machine.spec().disks(), origin);
    }
}
