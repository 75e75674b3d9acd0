package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.IdempotencyStore;
import dev.hyperfleet.core.request.IdempotencyStore.Attempt;
import dev.hyperfleet.core.request.IdempotentRequest;
import dev.hyperfleet.core.request.RequestContext;
import dev.hyperfleet.core.request.StoredResponse;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The repeatable requests in the database of a {@link FakeHost}, for one server. It can crash at its n-th step; there
 * is one before and one after each write.
 */
public final class FakeRequests implements IdempotencyStore {
    private final Map<String, Attempt> rows;
    private final BooleanSupplier serverCrashed;
    private final int crashAt;
    private int steps;

    public FakeRequests(FakeHost host, BooleanSupplier serverCrashed, int crashAt) {
        this.rows = host.requests;
        this.serverCrashed = serverCrashed;
        this.crashAt = crashAt;
    }

    public boolean crashed() {
        return steps >= crashAt;
    }

    private void step() {
        if (serverCrashed.getAsBoolean() || crashed() || ++steps == crashAt) {
            throw new SimulatedCrash();
        }
    }

    private void write(Runnable write) {
        step();
        write.run();
        step();
    }

    @Override
    public Optional<Attempt> find(IdempotentRequest request) {
        return Optional.ofNullable(rows.get(name(request)));
    }

    @Override
    public void begin(IdempotentRequest request) {
        write(() -> note(rows, request, Optional.empty()));
    }

    @Override
    public void complete(IdempotentRequest request, StoredResponse answer) {
        write(() -> {
            note(rows, request, Optional.empty());
            rows.computeIfPresent(
                    name(request), (_, row) -> new Attempt(row.fingerprint(), row.machine(), Optional.of(answer)));
        });
    }

    @Override
    public void release(IdempotentRequest request) {
        write(() -> rows.computeIfPresent(
                name(request),
                (_, row) -> row.machine().isPresent() || row.answer().isPresent() ? row : null));
    }

    private static String name(IdempotentRequest request) {
        return request.owner() + " " + request.key();
    }

    private static void note(Map<String, Attempt> rows, IdempotentRequest request, Optional<MachineId> machine) {
        rows.merge(
                name(request),
                new Attempt(request.fingerprint(), machine, Optional.empty()),
                (before, now) -> new Attempt(before.fingerprint(), now.machine().or(before::machine), before.answer()));
    }

    /** Machines whose changes are each stored together with their request, in one step. */
    static final class NotedMachines extends ConcurrentHashMap<MachineId, Machine> {
        private static final long serialVersionUID = 1L;

        private final transient Map<String, Attempt> rows;

        NotedMachines(Map<String, Attempt> rows) {
            this.rows = rows;
        }

        @Override
        public @Nullable Machine put(MachineId id, Machine machine) {
            note(id);
            return super.put(id, machine);
        }

        @Override
        public @Nullable Machine remove(Object id) {
            note((MachineId) id);
            return super.remove(id);
        }

        private void note(MachineId id) {
            RequestContext.current()
                    .idempotent()
                    .ifPresent(request -> FakeRequests.note(rows, request, Optional.of(id)));
        }
    }
}
