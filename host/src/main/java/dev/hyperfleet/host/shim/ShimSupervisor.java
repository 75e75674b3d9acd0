package dev.hyperfleet.host.shim;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.core.JacksonException;

/**
 * Starts each VMM under its own shim, which outlives this process. To find one again, the machine's id is enough:
 * everything else is in the machine's folders.
 */
public final class ShimSupervisor {
    private final Shim shim;
    private final MachineLayout layout;

    /**
     * Supervises machines in this layout.
     *
     * @param shim the program
     */
    public ShimSupervisor(Shim shim, MachineLayout layout) {
        this.shim = shim;
        this.layout = layout;
    }

    /**
     * Starts a VMM and returns when it runs.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} if it cannot be started; nothing of it is left then
     */
    public ShimConnection launch(MachineId id, Launch launch) {
        MachineFiles files = layout.of(id);
        LaunchFile.of(files, launch, lastRun(files) + 1).write(files.launchFile());
        try {
            shim.launch(files);
        } catch (HyperfleetException failure) {
            // A hanging one is not waited for, and must not start its VMM later.
            Optional.ofNullable(ShimProcesses.in(layout.machines()).get(id)).ifPresent(ShimProcesses::end);
            throw failure;
        }
        try {
            return ShimConnection.open(files, shim);
        } catch (IOException gone) {
            // It started, and exited before it could be observed.
            throw new HyperfleetException(ErrorCode.MACHINE_FAILED, lastExit(id).describe(), gone);
        }
    }

    /**
     * The shims of all VMMs of this server's machines, including those that an earlier server started.
     *
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED} if one is from a later release; all keep running
     */
    public Map<MachineId, ShimConnection> adopt() {
        Map<MachineId, ShimConnection> found = new ConcurrentHashMap<>();
        Queue<HyperfleetException> refusals = new ConcurrentLinkedQueue<>();
        try (ExecutorService connecting = Executors.newVirtualThreadPerTaskExecutor()) {
            for (MachineId id : Folders.machines(layout.sockets())) {
                connecting.execute(() -> {
                    try {
                        connect(id).ifPresent(vmm -> found.put(id, vmm));
                    } catch (HyperfleetException laterRelease) {
                        refusals.add(laterRelease);
                    }
                });
            }
        }
        if (!refusals.isEmpty()) { // its machine is running, and must not be treated as one that is not
            found.values().forEach(ShimConnection::close);
            throw refusals.remove();
        }
        ShimProcesses.in(layout.machines()).forEach((id, process) -> {
            if (!found.containsKey(id)) {
                ShimProcesses.end(process); // it can no longer be reached: its socket was removed
            }
        });
        return found;
    }

    private Optional<ShimConnection> connect(MachineId id) {
        try {
            return Optional.of(ShimConnection.open(layout.of(id), shim));
        } catch (IOException nobodyThere) {
            return Optional.empty();
        }
    }

    /** How the machine's last VMM ended, if known. */
    public VmmExit lastExit(MachineId id) {
        MachineFiles files = layout.of(id);
        try {
            ExitRecord record = ExitRecord.read(files, Files.readAllBytes(files.exitRecord()));
            if (record.isOf(lastRun(files))) {
                return record.toExit(files);
            }
        } catch (HyperfleetException later) {
            return ExitRecord.unknown(String.valueOf(later.getMessage())).toExit(files);
        } catch (IOException | JacksonException unknown) {
            // reported below
        }
        return ExitRecord.unknown("it and its supervisor are gone; the host was restarted, or both were killed")
                .toExit(files);
    }

    /** The number of starts of the machine, according to its launch file. */
    private static long lastRun(MachineFiles files) {
        try {
            return ShimFormat.JSON
                    .readTree(Files.readAllBytes(files.launchFile()))
                    .path("run")
                    .asLong(0);
        } catch (IOException | JacksonException none) {
            return 0;
        }
    }
}
