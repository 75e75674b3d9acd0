package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.request.RequestContext;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** Copies of machines that run, or are paused. Safe for concurrent use; calls block. */
public final class Forks {
    /** The maximum number of copies in one call. */
    public static final int MAX_COPIES = 100;

    private static final String PREFIX = "fork-";

    private final Machines machines;
    private final Snapshots snapshots;
    private final Machines.Ports ports;

    public Forks(Machines machines, Machines.Ports ports) {
        this.machines = machines;
        this.snapshots = machines.snapshots();
        this.ports = ports;
    }

    /**
     * One copy, or why there is none. Nothing is left of a copy that failed.
     *
     * @param machine running
     */
    public record Copy(String name, Optional<Machine> machine, Optional<HyperfleetException> failure) {}

    /**
     * Makes copies that continue where the machine is now.
     *
     * @param names of the copies, at most {@value #MAX_COPIES}
     * @param spec a copy with this name, from the machine's own properties
     * @throws HyperfleetException as {@link Snapshots#create} says; then there is no copy
     */
    public List<Copy> fork(MachineId id, List<String> names, BiFunction<MachineSpec, String, MachineSpec> spec) {
        requireFork(machines.get(id));
        String saved = PREFIX + SnapshotId.random(ports.random());
        Snapshot snapshot = snapshots.create(id, new Snapshots.Request(saved, true, Map.of(), true));
        List<Copy> created;
        try {
            created = names.stream().map(name -> create(saved, name, spec)).toList();
        } finally {
            snapshots.release(snapshot.id());
        }
        RequestContext context = RequestContext.current().continued();
        List<CompletableFuture<Copy>> copies = created.stream()
                .map(copy -> CompletableFuture.supplyAsync(() -> context.call(() -> started(copy)), ports.executor()))
                .toList();
        return copies.stream().map(CompletableFuture::join).toList();
    }

    private static void requireFork(Machine machine) {
        if (machine.status() != MachineStatus.RUNNING && machine.status() != MachineStatus.PAUSED) {
            String status = machine.status().text();
            throw new HyperfleetException(ErrorCode.BAD_REQUEST, "Cannot fork machine in '%s' state".formatted(status))
                    .with("status", status);
        }
    }

    private Copy create(String snapshot, String name, BiFunction<MachineSpec, String, MachineSpec> spec) {
        try {
            Machine created = snapshots.createMachine(snapshot, _ -> true, source -> spec.apply(source, name));
            return new Copy(name, Optional.of(created), Optional.empty());
        } catch (HyperfleetException failure) {
            return new Copy(name, Optional.empty(), Optional.of(failure));
        }
    }

    private Copy started(Copy copy) {
        if (copy.machine().isEmpty()) {
            return copy;
        }
        MachineId id = copy.machine().get().id();
        try {
            return new Copy(copy.name(), Optional.of(machines.start(id)), Optional.empty());
        } catch (HyperfleetException failure) {
            return new Copy(copy.name(), Optional.empty(), Optional.of(withoutTrace(id, failure)));
        }
    }

    /** Deletes a copy that has not started. */
    private HyperfleetException withoutTrace(MachineId id, HyperfleetException failure) {
        try {
            machines.delete(id);
        } catch (HyperfleetException left) {
            failure.addSuppressed(left);
        }
        return failure;
    }
}
