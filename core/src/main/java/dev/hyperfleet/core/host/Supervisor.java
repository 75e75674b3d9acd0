package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.VmmExit;
import java.util.Map;

/**
 * Port: starts VMMs so that they outlive this process, and finds them again. Safe for concurrent use
 * with different machines.
 */
public interface Supervisor {
    /**
     * Starts a VMM and returns when it runs.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} when it cannot be started; nothing
     *     is left of it then
     */
    SupervisedVmm launch(MachineId id, Launch launch);

    /** All VMMs of this server's machines that run on this host, also those that an earlier server started. */
    Map<MachineId, SupervisedVmm> adopt();

    /** How the machine's last VMM has ended, as far as that is known. */
    VmmExit lastExit(MachineId id);
}
