package dev.hyperfleet.host.vmm;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.network.NetworkPlan;
import dev.hyperfleet.host.shim.Launch;
import java.time.Duration;
import java.util.Optional;

/**
 * How to start machines under one kind of VMM, and how to control such a VMM. It starts no process itself. Safe for
 * concurrent use. Methods without a description do what {@link Vmm} says.
 */
public interface VmmDriver {
    /** Which VMM this is, how it runs guests, and why it was chosen. */
    Host.Description describe();

    /** As {@link Host#obstacle}. */
    Optional<String> obstacle(Capability capability);

    /** The launch of the VMM. */
    Launch launch(LaunchPlan plan, NetworkPlan network);

    /**
     * As {@link Vmm#boot}.
     *
     * @throws HyperfleetException as there
     */
    void boot(LaunchPlan plan, NetworkPlan network);

    void pause(MachineId id, Duration timeout);

    void resume(MachineId id, Duration timeout);

    boolean isPaused(MachineId id);

    /** As {@link Host#memoryFormat}. */
    String memoryFormat();

    void save(MachineId id, SnapshotLayout.Paths files, Duration timeout);

    String inspect(MachineId id);

    boolean pressPowerButton(MachineId id);
}
