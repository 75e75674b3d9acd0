package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.MachineId;
import java.time.Instant;
import java.util.Optional;

/**
 * A machine at one moment. Immutable; a new state is a new object.
 *
 * @param sequence its place in the order of creation
 * @param slot the smallest number, from 0, that no machine before it had: its address and its user on the
 *     host follow from it
 * @param owner the name of the API key that created it; empty if keys are not checked
 * @param errorMessage why it has failed; present exactly when it has
 * @param instance its VMM; present from {@link MachineStatus#RUNNING} until the VMM has ended
 * @param restarts what its restart policy has done, and is about to do
 * @param updatedAt when it came to this state
 * @param version 1 at first, and one more with each change
 */
public record Machine(
        MachineId id,
        long sequence,
        int slot,
        MachineSpec spec,
        Optional<String> owner,
        MachineStatus status,
        Optional<String> errorMessage,
        Optional<Instance> instance,
        Restarts restarts,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    public static Machine create(
            MachineId id, long sequence, int slot, MachineSpec spec, Optional<String> owner, Instant now) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
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
                id, sequence, slot, spec, owner, status, errorMessage, instance, next, createdAt, updatedAt, version);
    }

    /** The same as the next version of what it was before. */
    public Machine after(Machine before) {
        return new Machine(
                id,
                sequence,
                slot,
                spec,
                owner,
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
                MachineStatus.FAILED,
                Optional.of(reason),
                Optional.empty(),
                restarts.begun(),
                createdAt,
                now,
                version);
    }
}
