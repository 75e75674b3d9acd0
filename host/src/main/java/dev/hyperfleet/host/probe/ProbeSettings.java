package dev.hyperfleet.host.probe;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What to probe on a host, and with which programs.
 *
 * @param kernel of the guest that tries KVM
 * @param initrd of that guest; empty if it is not ours, so that KVM cannot be tried
 * @param shim the program that measures the CPU's clock
 * @param memory the folder in which results are stored until the host's next boot
 * @param timeout for the boot of the guest that tries KVM: hardware takes a second or two
 * @param userNetwork whether to use the unprivileged network, which has no jail
 */
public record ProbeSettings(
        Wanted vmm,
        Path kernel,
        Optional<Path> initrd,
        Path shim,
        Path memory,
        Duration timeout,
        FirecrackerSettings firecracker,
        boolean userNetwork) {
    /** The requested VMM. */
    public enum Wanted {
        AUTO,
        QEMU,
        FIRECRACKER
    }

    /**
     * The settings of Firecracker.
     *
     * @param program its name or path
     * @param jailer the same for its jailer
     * @param firstUser the first user id of jailed machines
     * @param requireJail whether it must not run without its jail
     * @param jails the folder of all jails
     */
    public record FirecrackerSettings(String program, String jailer, int firstUser, boolean requireJail, Path jails) {}
}
