package dev.hyperfleet.host.shim;

import dev.hyperfleet.core.ProcessIdentity;
import org.jspecify.annotations.Nullable;

/** A shim's first message on each connection: the identity of its VMM. */
record Greeting(@Nullable Integer version, long pid, long startTime, String bootId) {
    ProcessIdentity identity() {
        return new ProcessIdentity(pid, startTime, bootId);
    }
}
