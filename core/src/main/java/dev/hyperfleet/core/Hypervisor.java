package dev.hyperfleet.core;

/**
 * Port: one kind of VMM. It says how to start a machine and how to reach its guest; it starts nothing
 * itself. Safe for concurrent use.
 */
public interface Hypervisor {
    /** Which VMM this is, how it runs guests, and why it was chosen. */
    Description describe();

    /** What to start for this machine. */
    Launch launch(Machine machine, NetworkPlan network);

    /**
     * Which VMM it is.
     *
     * @param vmm "qemu" or "firecracker"
     * @param acceleration "kvm" or "tcg" (emulation)
     * @param reason why it is this one, in a sentence
     */
    record Description(String vmm, String acceleration, String reason) {}
}
