package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.core.guest.GuestPorts;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.VmmExit;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Port: the host that machines run on. All work on its VMMs, disks, networks and files goes through it.
 * Safe for concurrent use with different machines; calls block.
 */
public interface Host {
    /** The VMM of this host. */
    Description describe();

    /**
     * Why machines that are started now do not have this capability, as the end of a sentence that says what is needed;
     * empty if they have it.
     */
    Optional<String> obstacle(Capability capability);

    /** The number of machines that it has addresses for: all slots are below this. */
    int capacity();

    /**
     * Refuses if there is too little free space for machines to be created or started.
     *
     * @throws HyperfleetException {@link ErrorCode#INSUFFICIENT_STORAGE} with the free space, and what to do
     */
    void requireRoom();

    /** Whether machines could still be created and started after that much of the free space was used. */
    boolean hasRoomBeside(long bytes);

    /**
     * Creates the machine's folders and its own disks if they do not exist yet; a snapshot's disk replaces an existing
     * one, and a memory that was saved with that. A disk is created completely or not at all.
     *
     * @return whether its disk is empty: nothing has run on it
     * @throws HyperfleetException as {@link #requireRoom} says; {@link ErrorCode#MACHINE_FAILED} if it takes longer
     * than the timeout
     */
    boolean prepare(LaunchPlan plan, Duration timeout);

    /**
     * Starts a VMM, so that it outlives this process, and returns when it runs; its guest may need {@link Vmm#boot}.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} if it cannot be started; nothing of it is left then
     */
    Vmm launch(LaunchPlan plan);

    /** All VMMs of this server's machines that run on this host, including those that an earlier server started. */
    Map<MachineId, Vmm> adopt();

    /** How the machine's last VMM ended, if known. */
    VmmExit lastExit(MachineId id);

    /**
     * The machine's network attachment when it runs.
     *
     * @param slot the machine's slot
     */
    NetworkAttachment attachment(MachineId id, int slot);

    /**
     * Connects to a TCP port of a running machine, over the network.
     *
     * @return empty if the host has no network to it; its agent connects then
     * @throws HyperfleetException as {@link GuestPorts#connect} says
     */
    Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout);

    /** The resource usage of a process; all zero after its end. */
    VmmUsage usage(ProcessIdentity process);

    /** The VMM, its version, the guest's CPU and its network: only where these are the same can a saved memory be loaded. */
    String memoryFormat();

    /** The files of snapshots. */
    SnapshotFiles snapshots();

    /** The memory of suspended machines. */
    SuspendedMemory suspended();

    /** What the machine's guest is called, and its address, when it runs. */
    GuestIdentity identity(Machine machine);

    /** The consoles of guests. */
    ConsoleLogs consoles();

    /**
     * Keeps a copy of the logs of the machine's last run, for people, until the next such copy or the machine's
     * deletion: the next start overwrites the logs. Keeps nothing if there is no space for it.
     *
     * @param vmmState the report of {@link Vmm#inspect}
     */
    void keepEvidence(MachineId id, String vmmState);

    /** Removes everything of the machine except what a stopped machine keeps. */
    void removeRuntime(MachineId id);

    /** Removes everything of the machine. No error if there is nothing to remove. */
    void remove(MachineId id);

    /** The machines with any resources on this host. */
    Set<MachineId> list();

    /**
     * Describes the VMM of a host.
     *
     * @param vmm "qemu" or "firecracker"
     * @param acceleration "kvm" or "tcg" (emulation)
     * @param reason why it was chosen, in a sentence
     */
    record Description(String vmm, String acceleration, String reason) {}
}
