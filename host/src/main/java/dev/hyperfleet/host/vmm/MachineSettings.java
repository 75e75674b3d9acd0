package dev.hyperfleet.host.vmm;

import dev.hyperfleet.host.MachineLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What all machines on a host have in common.
 *
 * @param controlGroups the control group that machines' own are in; empty on a host without version 2
 * @param limits what a machine's disk and network may do
 */
public record MachineSettings(MachineLayout layout, Optional<Path> controlGroups, RateLimits limits) {}
