package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Machine;
import java.util.List;

/** The database's content on a {@link FakeHost}. */
final class FakeStore implements MachineStore {
    private final FakeHost host;
    private final Fate fate;

    FakeStore(FakeHost host, Fate fate) {
        this.host = host;
        this.fate = fate;
    }

    @Override
    public List<Machine> load() {
        return List.copyOf(host.stored.values());
    }

    @Override
    public void insert(Machine machine) {
        write(Effect.INSERT, machine);
    }

    @Override
    public void update(Machine machine) {
        write(Effect.UPDATE, machine);
    }

    @Override
    public void configure(Machine machine) {
        write(Effect.CONFIGURE, machine);
    }

    private void write(Effect effect, Machine machine) {
        fate.befall(effect, machine.id(), () -> host.stored.put(machine.id(), machine));
    }

    @Override
    public void delete(MachineId id) {
        fate.befall(Effect.DELETE, id, () -> host.stored.remove(id));
    }
}
