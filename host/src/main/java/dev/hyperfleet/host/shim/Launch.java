package dev.hyperfleet.host.shim;

import dev.hyperfleet.host.network.NetworkPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A VMM to start, in terms that apply to every VMM.
 *
 * @param command program and arguments; its standard output is the guest's console
 * @param sockets Unix sockets that it inherits, listening, as file descriptors 3, 4, …; if the network has a TAP, its
 * descriptor follows
 * @param network the network namespace that it runs in
 * @param limits on its use of the host
 * @param jail its own root directory and user; empty for a user namespace
 * @param relays the sockets that it opens itself; empty for a VMM that inherits all
 * @param haltWords texts on the console that show that the guest has powered itself off, for a VMM that keeps running
 * then; empty for a VMM that exits
 */
public record Launch(
        List<String> command,
        List<Path> sockets,
        NetworkPlan network,
        Limits limits,
        Optional<Jail> jail,
        Optional<Relays> relays,
        List<String> haltWords) {

    /**
     * The limits of a VMM.
     *
     * @param addressSpace bytes of memory that it may map; 0 for no limit
     * @param fileSize maximum bytes of a file that it writes
     * @param group its control group; empty if the host has none
     */
    public record Limits(long addressSpace, long fileSize, Optional<ControlGroup> group) {}

    /**
     * The root directory that a VMM sees, created for it and removed with it.
     *
     * @param folder the whole jail
     * @param root the root, in the folder
     * @param user the id of a user, and of a group, that only this machine has
     * @param files the files that are bind-mounted into the root
     */
    public record Jail(Path folder, Path root, int user, List<JailedFile> files) {}

    /**
     * A file of the host in a jail, bind-mounted instead of copied.
     *
     * @param name its name in the VMM's root
     * @param writable whether the machine may write to it
     */
    public record JailedFile(Path source, String name, boolean writable) {}

    /**
     * Sockets that the VMM opens itself, which the control plane reaches through the supervisor.
     *
     * @param folder the VMM's root or working directory
     * @param listening whether the guest continues from a saved memory, in which the agent listens already
     */
    public record Relays(Path folder, boolean listening) {
        /** The VMM's names for its API's socket, its vsock device's, and the pipe for its log. */
        public static final String API = "vmm.sock";

        public static final String VSOCK = "agent.sock";
        public static final String LOG = "vmm.log";
    }
}
