package dev.hyperfleet.host;

import dev.hyperfleet.core.MachineId;
import java.nio.file.Path;

/**
 * Where machines are on the host.
 *
 * @param machines the folder with each machine's folder
 * @param sockets the folder for sockets, short enough for a Unix socket's address (107 bytes)
 */
public record MachineLayout(Path machines, Path sockets) {
    private static final String MACHINES = "machines";

    /**
     * The layout of this home.
     *
     * @param sockets the folder for sockets
     */
    public static MachineLayout in(Path home, Path sockets) {
        return new MachineLayout(home.resolve(MACHINES), sockets);
    }

    public MachineFiles of(MachineId id) {
        return new MachineFiles(machines.resolve(id.value()), sockets.resolve(id.value()));
    }
}
