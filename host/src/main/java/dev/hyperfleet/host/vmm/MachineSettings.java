package dev.hyperfleet.host.vmm;

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
        MachineLayout layout, SnapshotLayout snapshots, Optional<Path> controlGroups, RateLimits limits) {}
