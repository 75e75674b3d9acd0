package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.VmmExit;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** A VMM that runs, or has run. Safe for concurrent use. */
public interface SupervisedVmm extends AutoCloseable {
    ProcessIdentity identity();

    /** The VMM's own API, a Unix socket. */
    Path socket();

    /** Completes when the VMM has ended and nothing of it is left but its files. Never exceptionally. */
    CompletableFuture<VmmExit> exit();

    /** Kills the VMM; {@link #exit} tells when that is done. */
    void kill();

    /** Lets go of it; it runs on. */
    @Override
    void close();
}
