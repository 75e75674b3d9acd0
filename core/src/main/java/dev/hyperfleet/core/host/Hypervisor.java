package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Machine;
import java.time.Duration;
import java.util.Optional;

/**
 * Port: one kind of VMM. It says how to start a machine and how to reach its guest; it starts no process
 * itself. Safe for concurrent use.
 */
public interface Hypervisor {
    /** Which VMM this is, how it runs guests, and why it was chosen. */
    Description describe();

    /** What to start for this machine. */
    Launch launch(Machine machine, NetworkPlan network);

    /**
     * Tells a VMM that was launched what to run, and returns when it runs it. Nothing to do for a VMM that
     * its command has told, or that was told before.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} with the VMM's own words
     */
    void boot(Machine machine, NetworkPlan network);

    /** How long a VMM may take to answer {@link #pause} or {@link #resume}, which take milliseconds. */
    Duration PATIENCE = Duration.ofSeconds(5);

    /**
     * Why guests that are started now cannot be paused, as the end of a sentence that says what is needed; empty
     * where they can.
     */
    Optional<String> pauseObstacle();

    /**
     * Makes the guest's CPUs stand still. One that is paused stays so.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} with the VMM's own words, or when it has not
     *     answered within {@link #PATIENCE}; then it may still do it later. {@link ErrorCode#UNSUPPORTED} where this VMM
     *     cannot pause its guest, which goes on undisturbed
     */
    void pause(MachineId id);

    /**
     * Makes the guest's CPUs run on. One that runs is left as it is.
     *
     * @throws HyperfleetException as {@link #pause}
     */
    void resume(MachineId id);

    /**
     * Whether the guest's CPUs stand still. Waits for the answer of a VMM that is busy, or hangs, for as long as it
     * lives.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} when it has ended, or makes no sense
     */
    boolean isPaused(MachineId id);

    /**
     * What the VMM says of itself and of its guest's CPUs, in its own words, for diagnosing a
     * start that was not answered. Never fails: what cannot be had is said instead. At most {@link #PATIENCE} for each
     * of a few questions.
     */
    String inspect(MachineId id);

    /**
     * Presses the guest's power button, for a guest whose agent does not answer.
     *
     * @return whether that was possible
     */
    boolean pressPowerButton(MachineId id);

    /**
     * Which VMM it is.
     *
     * @param vmm "qemu" or "firecracker"
     * @param acceleration "kvm" or "tcg" (emulation)
     * @param reason why it is this one, in a sentence
     */
    record Description(String vmm, String acceleration, String reason) {}
}
