package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.VmmExit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A VMM that runs, or has run, under a supervisor that outlives this process. Safe for concurrent use; calls block.
 */
public interface Vmm extends AutoCloseable {
    /** The timeout of {@link #pause} and {@link #resume}, which take milliseconds. */
    Duration PATIENCE = Duration.ofSeconds(5);

    ProcessIdentity identity();

    /** The VMM's own API, a Unix socket. */
    Path socket();

    /** Completes when the VMM has exited and only its files are left. Never exceptionally. */
    CompletableFuture<VmmExit> exit();

    /**
     * Tells the VMM what to run, and returns when it runs it. Does nothing if its command, or an earlier call, has done
     * that.
     *
     * @param plan what it was launched for
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} with the VMM's message
     */
    void boot(LaunchPlan plan);

    /**
     * Halts the guest's CPUs. Does nothing if they are halted.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} with the VMM's message, or when it has not
     *     answered within {@link #PATIENCE}; then it may still do it later. {@link ErrorCode#UNSUPPORTED} where this VMM
     *     cannot pause its guest, which continues undisturbed
     */
    void pause();

    /**
     * Lets the guest's CPUs continue. Does nothing if they run.
     *
     * @throws HyperfleetException as {@link #pause}
     */
    void resume();

    /**
     * Whether the guest's CPUs are halted. Waits for the answer of a VMM that is busy, or hangs, for as long as it
     * lives.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} when it has ended, or its answer is no answer
     */
    boolean isPaused();

    /**
     * The state of the VMM and of its guest's CPUs in the VMM's own words, for the diagnosis of a start that was not
     * answered. Never fails: the text says what could not be had. At most {@link #PATIENCE} for each of a few questions.
     */
    String inspect();

    /**
     * Presses the guest's power button, for a guest whose agent does not answer.
     *
     * @return whether that was possible
     */
    boolean pressPowerButton();

    /** Kills the VMM; {@link #exit} completes when that is done. */
    void kill();

    /** Releases the VMM, which continues to run. */
    @Override
    void close();
}
