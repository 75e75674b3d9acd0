package dev.hyperfleet.guest;

import dev.hyperfleet.core.MachineId;
import java.nio.file.Path;

/** The sockets of agents in tests. */
record AgentSockets(Path folder) {
    Path of(MachineId id) {
        return folder.resolve(id + ".sock");
    }
}
