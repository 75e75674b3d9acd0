package dev.hyperfleet.host.shim;

import dev.hyperfleet.core.MachineId;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Finds shims by their command line, for shims whose sockets were removed. */
final class ShimProcesses {
    private static final int END_TIMEOUT_SECONDS = 10;

    private ShimProcesses() {}

    /** The shims of machines in this folder. */
    static Map<MachineId, ProcessHandle> in(Path machines) {
        Map<MachineId, ProcessHandle> found = new HashMap<>();
        ProcessHandle.allProcesses().forEach(process -> {
            List<String> arguments = List.of(process.info().arguments().orElse(new String[0]));
            if (arguments.size() == 2 && arguments.getFirst().equals("supervise")) {
                Path directory = Path.of(arguments.getLast());
                String name = String.valueOf(directory.getFileName());
                if (machines.equals(directory.getParent()) && MachineId.isValid(name)) {
                    found.put(new MachineId(name), process);
                }
            }
        });
        return found;
    }

    /** Kills a shim; the kernel kills its VMM. */
    static void end(ProcessHandle shim) {
        shim.destroyForcibly();
        try {
            shim.onExit().get(END_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException stuck) {
            throw new IllegalStateException("process " + shim.pid() + " does not exit although it was killed", stuck);
        }
    }
}
