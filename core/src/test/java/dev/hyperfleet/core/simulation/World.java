package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.control.FakeHost;
import java.time.Instant;

/**
 * What outlives servers.
 *
 * @param serverDied is run when one has
 */
record World(Scheduler scheduler, FakeHost host, Trouble trouble, Trace trace, Ledger ledger, Runnable serverDied) {
    Instant now() {
        return scheduler.clock().instant();
    }
}
