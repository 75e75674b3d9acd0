package dev.hyperfleet.host.shim;

import dev.hyperfleet.host.network.NetworkPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A VMM that is to be started, in terms that every VMM has.
 *
 * @param command program and arguments; its standard output is the guest's console
 * @param sockets Unix sockets that it inherits, listening, as file descriptors 3, 4, …; where the network
 *     has a TAP, that comes after them
 * @param network the namespace that it runs in
 * @param limits what it may use of the host
 * @param jail the root that it is shut in, with a user of its own; empty for a user namespace
 * @param relays the sockets that it opens itself; empty for one that inherits all
 * @param haltWords what the console says when the guest has powered itself off, for a VMM that runs on
 *     then: any of these; empty for one that ends
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
     * What a VMM may use.
     *
     * @param addressSpace bytes of memory that it may map; 0 for any
     * @param fileSize bytes that a file it writes may have
     * @param group its control group; empty where the host gives none
     */
    public record Limits(long addressSpace, long fileSize, Optional<ControlGroup> group) {}

    /**
     * The root that a VMM sees, made for it and removed with it.
     *
     * @param folder all of it
     * @param root the root, in the folder
     * @param user the number of a user, and of a group, that are this machine's alone
     * @param files what is bound into the root
     */
    public record Jail(Path folder, Path root, int user, List<JailedFile> files) {}

    /**
     * A file of the host in a jail. No copy: it is bound there.
     *
     * @param name what the VMM sees it as, in its root
     * @param writable whether it belongs to the machine; else it cannot be written to
     */
    public record JailedFile(Path source, String name, boolean writable) {}

    /**
     * What the control plane reaches through the supervisor, because the VMM opens it itself.
     *
     * @param folder where the VMM runs: its root, or its working directory
     */
    public record Relays(Path folder) {
        /** What the VMM calls its API's socket, its vsock device's, and the pipe for its log. */
        public static final String API = "vmm.sock";

        public static final String VSOCK = "agent.sock";
        public static final String LOG = "vmm.log";
    }
}
