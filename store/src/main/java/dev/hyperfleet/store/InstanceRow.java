package dev.hyperfleet.store;

import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Start;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;

/** The columns of a running machine's VMM. */
record InstanceRow(
        long pid, long pidStartTime, String bootId, String socketPath, NetworkRow network, Optional<StartRow> start) {
    static InstanceRow of(Instance instance) {
        return new InstanceRow(
                instance.process().pid(),
                instance.process().startTime(),
                instance.process().bootId(),
                instance.socket().toString(),
                NetworkRow.of(instance.network()),
                Optional.of(StartRow.of(instance.start())));
    }

    /**
     * The instance.
     *
     * @throws SQLException if this version does not know how it was started
     */
    Instance instance() throws SQLException {
        return new Instance(
                new ProcessIdentity(pid, pidStartTime, bootId),
                Path.of(socketPath),
                network.attachment(),
                start.isPresent() ? start.get().start() : Start.UNKNOWN);
    }
}
