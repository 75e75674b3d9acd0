package dev.hyperfleet.guest;

import dev.hyperfleet.core.MachineId;
import java.nio.file.Path;

/** Where agents of tests listen. */
record AgentSockets(Path folder) {
    Path of(MachineId id) {
        return folder.resolve(id + ".sock");
    }
}
