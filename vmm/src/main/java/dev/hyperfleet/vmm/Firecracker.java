package dev.hyperfleet.vmm;

import dev.hyperfleet.core.host.Hypervisor;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The program.
 *
 * @param jailer what shuts it in; empty where it runs with the server's own user
 */
public record Firecracker(Path program, FirecrackerVersion version, Optional<Jailer> jailer) implements Vmm {
    /**
     * Firecracker's jailer.
     *
     * @param jails the folder of all machines' jails
     * @param firstUser the user of the first machine; each has one of its own, counted from there
     */
    public record Jailer(Path program, Path jails, int firstUser) {}

    @Override
    public Hypervisor hypervisor(String reason, MachineSettings settings) {
        return new FirecrackerHypervisor(this, reason, settings);
    }
}
