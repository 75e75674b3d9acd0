package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.SuspendedMemory;
import dev.hyperfleet.core.host.Vmm;
import java.nio.file.Path;
import java.time.Duration;

/** The memory of suspended machines on a {@link FakeHost}. */
record FakeSuspendedMemory(FakeHost host, Fate fate) implements SuspendedMemory {
    @Override
    public void save(MachineId id, Vmm vmm, Duration timeout) {
        vmm.save(Path.of("/machines", id.value()), timeout);
        fate.befall(Effect.SAVE_MEMORY, id, () -> {
            if (host.vmm(id).isEmpty()) {
                throw new HyperfleetException(ErrorCode.MACHINE_FAILED, "The VMM has gone");
            }
            host.memories.add(id);
        });
    }

    @Override
    public boolean exists(MachineId id) {
        return host.memories.contains(id);
    }

    @Override
    public void requireLoadable(MachineId id) {}

    @Override
    public void discard(MachineId id) {
        if (exists(id)) {
            fate.befall(Effect.DISCARD_MEMORY, id, () -> host.memories.remove(id));
        }
    }
}
