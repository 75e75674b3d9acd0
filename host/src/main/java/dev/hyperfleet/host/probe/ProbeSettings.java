package dev.hyperfleet.host.probe;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What is to be found out about a host, and with what.
 *
 * @param kernel what a guest boots that tries KVM
 * @param initrd the same; empty where there is none of ours, and KVM cannot be tried
 * @param shim the program that measures the CPU's clock
 * @param memory the folder in which answers are remembered until the host is booted again
 * @param userNetwork whether the network is to be the one without privileges, in which there is no jail
 */
public record ProbeSettings(
        Wanted vmm,
        Path kernel,
        Optional<Path> initrd,
        Path shim,
        Path memory,
        FirecrackerSettings firecracker,
        boolean userNetwork) {
    /** Which VMM is wanted. */
    public enum Wanted {
        AUTO,
        QEMU,
        FIRECRACKER
    }

    /**
     * Firecracker's part.
     *
     * @param program its name or path
     * @param jailer the same of its jailer
     * @param firstUser the first of the users that machines in jails have
     * @param requireJail whether it may not run without
     * @param jails the folder of all jails
     */
    public record FirecrackerSettings(String program, String jailer, int firstUser, boolean requireJail, Path jails) {}
}
