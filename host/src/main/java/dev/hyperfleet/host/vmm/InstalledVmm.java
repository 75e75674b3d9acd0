package dev.hyperfleet.host.vmm;

import java.util.List;
import java.util.OptionalInt;

/** A VMM that this host has, and how it runs guests. */
public interface InstalledVmm {
    /**
     * The VMM as the control plane uses it.
     *
     * @param reason why it is this one, in a sentence
     */
    VmmDriver driver(String reason, MachineSettings settings);

    /** The first of the users of the host that its machines run as, one each; empty where all run as the server's own. */
    OptionalInt firstUser();

    /** Whether its machines need a TAP device in any network. */
    boolean needsTap();

    /** What an operator should know of it when the server starts: a sentence each. */
    List<String> warnings();
}
