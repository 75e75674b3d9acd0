package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.MachineDisks;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** The folders of machines on a {@link FakeHost}. */
final class FakeDisks implements MachineDisks {
    private final FakeHost host;
    private final Fate fate;

    FakeDisks(FakeHost host, Fate fate) {
        this.host = host;
        this.fate = fate;
    }

    @Override
    public void requireRoom() {
        if (host.diskIsLow) {
            throw new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "too little room");
        }
    }

    @Override
    public void prepare(MachineId id, Duration timeout) {
        requireRoom();
        fate.befall(Effect.PREPARE_DISK, id, () -> host.disks.add(id));
        fate.befall(Effect.PREPARE_RUNTIME, id, () -> host.runtimes.add(id));
    }

    @Override
    public void keepEvidence(MachineId id, String vmmState) {
        host.evidence.put(id, vmmState);
    }

    @Override
    public void removeRuntime(MachineId id) {
        fate.befall(Effect.REMOVE_RUNTIME, id, () -> host.runtimes.remove(id));
    }

    @Override
    public void remove(MachineId id) {
        removeRuntime(id);
        fate.befall(Effect.REMOVE_DISK, id, () -> host.disks.remove(id));
    }

    @Override
    public Set<MachineId> list() {
        Set<MachineId> all = new HashSet<>(host.disks);
        all.addAll(host.runtimes);
        return all;
    }
}
