package dev.hyperfleet.core.snapshot;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a machine at one moment: its own disk, and the memory of its guest unless only the disk was saved. It
 * does not change, and does not depend on the machine after that.
 *
 * @param name unique among existing snapshots; of the form of a machine's name
 * @param labels of the user: at most {@value #MAX_LABELS}, with values of at most {@value #MAX_LABEL} characters
 * @param machine the machine that was saved, which may have been deleted since
 * @param spec the machine's properties at that moment
 * @param vmm which VMM can load the memory; empty if only the disk was saved
 * @param memoryBytes the size of the saved memory; 0 if only the disk was saved
 * @param diskBytes the space that the copy of the disk takes
 * @param halted how long the guest was halted
 * @param boots the boots that it stands for, as a {@link BootKey}; empty for a user's snapshot, and for a fork's
 * @param temporary whether it is removed as soon as no machine is going to start from it
 * @param owner the API key that created it; empty if keys are not checked
 */
public record Snapshot(
        SnapshotId id,
        String name,
        Map<String, String> labels,
        MachineId machine,
        MachineSpec spec,
        Optional<String> vmm,
        long memoryBytes,
        long diskBytes,
        Duration halted,
        Optional<BootKey> boots,
        boolean temporary,
        Optional<Owner> owner,
        Instant createdAt) {
    public static final int MAX_LABELS = 32;
    public static final int MAX_LABEL = 128;

    /** The order of lists. */
    public static final Comparator<Snapshot> NEWEST_FIRST = Comparator.comparing(Snapshot::createdAt)
            .thenComparing(snapshot -> snapshot.id().value())
            .reversed();

    public Snapshot {
        labels = Map.copyOf(labels);
    }

    /** The same with the sizes of its files. */
    public Snapshot ofSize(long memory, long disk) {
        return new Snapshot(
                id, name, labels, machine, spec, vmm, memory, disk, halted, boots, temporary, owner, createdAt);
    }

    /** Whether it is a user's own: the others serve one purpose of the server's, and no user sees them. */
    public boolean isKept() {
        return boots.isEmpty() && !temporary;
    }

    /** Whether a machine continues from it, instead of booting with its disk. */
    public boolean hasMemory() {
        return vmm.isPresent();
    }
}
