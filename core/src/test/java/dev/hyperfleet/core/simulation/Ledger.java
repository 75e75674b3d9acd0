package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What clients know, and what is stored: no machine is lost, duplicated, or reappears. */
final class Ledger {
    private static final Set<MachineStatus> CAN_BE_DELETED =
            EnumSet.of(MachineStatus.PENDING, MachineStatus.SUSPENDED, MachineStatus.STOPPED, MachineStatus.FAILED);

    private final FakeHost host;
    private final Trace trace;
    private final Map<MachineId, String> created = new LinkedHashMap<>();
    private final Set<MachineId> mayBeGone = new HashSet<>();
    private final Set<MachineId> gone = new HashSet<>();

    Ledger(FakeHost host, Trace trace) {
        this.host = host;
        this.trace = trace;
    }

    /** A client knows that it was created. */
    void created(Machine machine) {
        created.put(machine.id(), machine.spec().name());
    }

    /** Its deletion was requested, or is planned. */
    void mayBeGone(MachineId id) {
        mayBeGone.add(id);
    }

    /** A client knows that it was deleted. */
    void gone(MachineId id) {
        gone.add(id);
    }

    /** No client knows of a machine of this name that must exist. */
    boolean mayBeUnknown(String name) {
        return created.entrySet().stream()
                .noneMatch(entry -> entry.getValue().equals(name) && !mayBeGone.contains(entry.getKey()));
    }

    /**
     * A transaction was committed.
     *
     * @param skipped whether the previous one for this machine could not be committed
     */
    void committed(Optional<Machine> before, Optional<Machine> after, boolean skipped) {
        if (before.isPresent() && after.isPresent() && !skipped) {
            MachineStatus from = before.get().status();
            MachineStatus to = after.get().status();
            trace.require(from == to || after(from).contains(to), "one transition at a time", from + " to " + to);
        }
        if (before.isPresent() && after.isEmpty() && !skipped) {
            trace.require(CAN_BE_DELETED.contains(before.get().status()), "a machine that runs is not deleted", before);
        }
        if (before.isEmpty() && after.isPresent()) {
            Machine made = after.get();
            trace.require(made.status() == MachineStatus.PENDING, "a machine begins as pending", made);
            trace.require(!gone.contains(made.id()), "what is deleted stays deleted", made.id());
            for (Machine other : host.stored.values()) {
                boolean same = other.id().equals(made.id());
                trace.require(same || other.slot() != made.slot(), "a slot is one machine's", made.id());
                trace.require(
                        same || !other.spec().name().equals(made.spec().name()), "a name is one machine's", made.id());
            }
        }
    }

    /** The allowed transitions: repeated here, so that the product is not checked against itself. */
    private static Set<MachineStatus> after(MachineStatus status) {
        return switch (status) {
            case PENDING, STOPPED, FAILED -> EnumSet.of(MachineStatus.STARTING);
            case SUSPENDED -> EnumSet.of(MachineStatus.STARTING, MachineStatus.STOPPED, MachineStatus.FAILED);
            case STARTING ->
                EnumSet.of(
                        MachineStatus.RUNNING,
                        MachineStatus.FAILED,
                        MachineStatus.STOPPED,
                        MachineStatus.SUSPENDED); // it was, and the server ended before a VMM existed
            case RUNNING ->
                EnumSet.of(
                        MachineStatus.PAUSING,
                        MachineStatus.SUSPENDING,
                        MachineStatus.RESUMING, // its VMM had paused after the pause was given up
                        MachineStatus.STOPPING,
                        MachineStatus.STOPPED,
                        MachineStatus.FAILED);
            case PAUSED ->
                EnumSet.of(
                        MachineStatus.RESUMING,
                        MachineStatus.SUSPENDING,
                        MachineStatus.PAUSING, // its VMM had resumed after the resume was given up
                        MachineStatus.STOPPING,
                        MachineStatus.STOPPED,
                        MachineStatus.FAILED);
            case PAUSING, RESUMING ->
                EnumSet.of(MachineStatus.PAUSED, MachineStatus.RUNNING, MachineStatus.STOPPED, MachineStatus.FAILED);
            case SUSPENDING ->
                EnumSet.of(
                        MachineStatus.SUSPENDED,
                        MachineStatus.PAUSED,
                        MachineStatus.RUNNING,
                        MachineStatus.STOPPED,
                        MachineStatus.FAILED);
            case STOPPING -> EnumSet.of(MachineStatus.STOPPED, MachineStatus.FAILED, MachineStatus.STARTING);
        };
    }

    /** Compares the store with what clients know. */
    void audit() {
        created.forEach((id, name) ->
                trace.require(mayBeGone.contains(id) || host.stored.containsKey(id), "no machine is lost", name));
        gone.forEach(id -> trace.require(!host.stored.containsKey(id), "what is deleted stays deleted", id));
    }
}
