package dev.hyperfleet.vmm;

import dev.hyperfleet.core.host.Hypervisor;

/** A VMM that this host has, and how it runs guests. */
public sealed interface Vmm permits Qemu, Firecracker {
    /**
     * The VMM as the control plane uses it.
     *
     * @param reason why it is this one, in a sentence
     */
    Hypervisor hypervisor(String reason, MachineSettings settings);
}
