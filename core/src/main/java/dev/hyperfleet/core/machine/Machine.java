package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import java.time.Instant;
import java.util.Optional;

/**
 * A machine at one moment. Immutable; a new state is a new object.
 *
 * @param sequence its position in the order of creation
 * @param slot the smallest number, from 0, that was free at its creation: its address and its user on the host follow
 * from it
 * @param owner the API key that created it; empty if keys are not checked
 * @param startsFrom the snapshot that its next start continues from; empty if it boots
 * @param errorMessage why it has failed; present if and only if it has
 * @param instance its VMM; present from {@link MachineStatus#RUNNING} until the VMM has exited
 * @param restarts the state of its restart policy
 * @param updatedAt when it reached this state
 * @param version 1 at first, and increased by 1 with each change
 */
public record Machine(
        MachineId id,
        long sequence,
        int slot,
        MachineSpec spec,
        Optional<Owner> owner,
        Optional<SnapshotId> startsFrom,
        MachineStatus status,
        Optional<String> errorMessage,
        Optional<Instance> instance,
        Restarts restarts,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    public static Machine create(
            MachineId id, long sequence, int slot, MachineSpec spec, Optional<Owner> owner, Instant now) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
                Optional.empty(),
                MachineStatus.PENDING,
                Optional.empty(),
                Optional.empty(),
                Restarts.NONE,
                now,
                now,
                1);
    }

    Machine to(MachineStatus next, Optional<Instance> nextInstance, Instant now) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
                startsFrom,
                next,
                Optional.empty(),
                nextInstance,
                restarts.begun(),
                createdAt,
                now,
                version);
    }

    public Machine with(MachineSpec next) {
        return new Machine(
                id,
                sequence,
                slot,
                next,
                owner,
                startsFrom,
                status,
                errorMessage,
                instance,
                restarts,
                createdAt,
                updatedAt,
                version);
    }

    /** The same, whose next start continues from this snapshot; if empty, it boots. */
    public Machine startingFrom(Optional<SnapshotId> snapshot) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
                snapshot,
                status,
                errorMessage,
                instance,
                restarts,
                createdAt,
                updatedAt,
                version);
    }

    Machine with(Restarts next) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
                startsFrom,
                status,
                errorMessage,
                instance,
                next,
                createdAt,
                updatedAt,
                version);
    }

    /** This state as the next version of an earlier one. */
    public Machine after(Machine before) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
                startsFrom,
                status,
                errorMessage,
                instance,
                restarts,
                createdAt,
                updatedAt,
                before.version + 1);
    }

    Machine toFailed(String reason, Instant now) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
                startsFrom,
                MachineStatus.FAILED,
                Optional.of(reason),
                Optional.empty(),
                restarts.begun(),
                createdAt,
                now,
                version);
    }
}
