package dev.hyperfleet.core.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import java.time.Duration;
import java.util.Set;

/** Port: the folders and disks of machines. Safe for concurrent use with different machines. */
public interface MachineDisks {
    /**
     * Refuses where there is too little room for machines to be created or started.
     *
     * @throws HyperfleetException {@link ErrorCode#INSUFFICIENT_STORAGE} with what there is, and what to do
     */
    void requireRoom();

    /**
     * Makes the machine's folders and its disk where they are not there yet. Whole or not at all.
     *
     * @throws HyperfleetException as {@link #requireRoom} says; {@link ErrorCode#MACHINE_FAILED} when it takes longer than the
     *     timeout
     */
    void prepare(MachineId id, Duration timeout);

    /**
     * Keeps what the machine's last run has left of logs, for people, until the next one that is kept or the machine is
     * deleted: the next start overwrites the logs. It is not kept where there is no room for it.
     *
     * @param vmmState what {@link Hypervisor#inspect} has said
     */
    void keepEvidence(MachineId id, String vmmState);

    /** Removes everything of the machine but what it keeps when it is stopped. */
    void removeRuntime(MachineId id);

    /** Removes everything of the machine. Nothing to remove is no error. */
    void remove(MachineId id);

    /** The machines that have anything on this host. */
    Set<MachineId> list();
}
