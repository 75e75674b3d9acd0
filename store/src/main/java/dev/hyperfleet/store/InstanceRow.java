package dev.hyperfleet.store;

import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.Instance;
import java.nio.file.Path;

/** The columns of a running machine's VMM. */
record InstanceRow(long pid, long pidStartTime, String bootId, String socketPath, NetworkRow network) {
    static InstanceRow of(Instance instance) {
        return new InstanceRow(
                instance.process().pid(),
                instance.process().startTime(),
                instance.process().bootId(),
                instance.socket().toString(),
                NetworkRow.of(instance.network()));
    }

    Instance instance() {
        return new Instance(new ProcessIdentity(pid, pidStartTime, bootId), Path.of(socketPath), network.attachment());
    }
}
