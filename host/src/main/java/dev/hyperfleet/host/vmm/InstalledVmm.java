package dev.hyperfleet.host.vmm;

import java.util.List;
import java.util.OptionalInt;

/** A VMM of this host, and how it runs guests. */
public interface InstalledVmm {
    /**
     * The VMM as the control plane uses it.
     *
     * @param reason why it was chosen, in a sentence
     */
    VmmDriver driver(String reason, MachineSettings settings);

    /** The first of the user ids that its machines run as, one each; empty if all run as the server's own. */
    OptionalInt firstUser();

    /** Whether its machines need a TAP device in any network. */
    boolean needsTap();

    /** Warnings for operators when the server starts: a sentence each. */
    List<String> warnings();
}
