package dev.hyperfleet.host.vmm;

import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The settings that all machines on a host share.
 *
 * @param controlGroups the parent of machines' control groups; empty on a host without version 2
 * @param limits of a machine's disk and network
 */
public record MachineSettings(
        MachineLayout layout, SnapshotLayout snapshots, Optional<Path> controlGroups, RateLimits limits) {
    /** The saved memory that the guest of this run continues from; empty if it boots. */
    public Optional<SnapshotLayout.Paths> saved(LaunchPlan plan) {
        return switch (plan.from()) {
            case Origin.Boot _, Origin.SavedDisk _ -> Optional.empty();
            case Origin.SavedMemory(SnapshotId snapshot) -> Optional.of(snapshots.of(snapshot));
            case Origin.OwnMemory _ ->
                Optional.of(layout.of(plan.machine().id()).suspended());
        };
    }
}
