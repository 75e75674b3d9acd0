package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.VmmExit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A running or exited VMM, under a supervisor that outlives this process. Safe for concurrent use; calls block.
 */
public interface Vmm extends AutoCloseable {
    /** A timeout for {@link #pause} and {@link #resume}, which take milliseconds. */
    Duration PATIENCE = Duration.ofSeconds(5);

    ProcessIdentity identity();

    /** The VMM's own API, a Unix socket. */
    Path socket();

    /** Completes when the VMM has exited and only its files are left. Never exceptionally. */
    CompletableFuture<VmmExit> exit();

    /**
     * Configures the VMM and boots its guest, and returns when it runs. No effect if its command line, or an earlier
     * call, has done that.
     *
     * @param plan the plan of its launch
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} with the VMM's message
     */
    void boot(LaunchPlan plan);

    /**
     * Halts the guest's CPUs. No effect if they are halted.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} with the VMM's message, or when it has not
     *     answered within the timeout; then it may still do it later. {@link ErrorCode#UNSUPPORTED} where this VMM
     *     cannot pause its guest, which continues undisturbed
     */
    void pause(Duration timeout);

    /** The same within {@link #PATIENCE}. */
    default void pause() {
        pause(PATIENCE);
    }

    /**
     * Lets the guest's CPUs continue. No effect if they run.
     *
     * @throws HyperfleetException as {@link #pause}
     */
    void resume(Duration timeout);

    /** The same within {@link #PATIENCE}. */
    default void resume() {
        resume(PATIENCE);
    }

    /**
     * Whether the guest's CPUs are halted. Waits for the answer of a VMM that is busy, or hangs, for as long as it
     * lives.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} if it has exited, or its response is invalid
     */
    boolean isPaused();

    /**
     * Writes the guest's memory and the state of its devices to files in this folder, which {@link #boot} can load. The
     * guest must be halted, and stays so.
     *
     * @throws HyperfleetException as {@link #pause}, or when it takes longer than the timeout
     */
    void save(Path folder, Duration timeout);

    /**
     * The VMM's report on itself and its guest's CPUs, for diagnosing a start that timed out. Never fails: the report
     * names what is missing. Takes at most {@link #PATIENCE} for each of a few queries.
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

    /** Disconnects from the VMM, which keeps running. */
    @Override
    void close();
}
