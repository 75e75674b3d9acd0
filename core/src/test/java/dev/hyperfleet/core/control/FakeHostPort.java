package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.ConsoleLogs;
import dev.hyperfleet.core.host.FakeConsoles;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.host.SuspendedMemory;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.host.VmmUsage;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.VmmExit;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * One server's access to a {@link FakeHost}. Machines have folders, a VMM, and an address by their slot.
 *
 * @param fate decides on all effects of the server
 * @param alive whether the server is alive: a dead one no longer sees VMMs exit
 * @param capacity the maximum number of machines
 */
public record FakeHostPort(FakeHost host, Fate fate, BooleanSupplier alive, int capacity) implements Host {
    @Override
    public Description describe() {
        return new Description("fake", "none", "for tests");
    }

    @Override
    public Optional<String> obstacle(Capability capability) {
        return switch (capability) {
            case PAUSE -> host.pauseObstacle;
            case SNAPSHOT -> host.snapshotObstacle;
        };
    }

    @Override
    public String memoryFormat() {
        return "fake 1";
    }

    @Override
    public SnapshotFiles snapshots() {
        return new FakeSnapshotFiles(host, fate);
    }

    @Override
    public SuspendedMemory suspended() {
        return new FakeSuspendedMemory(host, fate);
    }

    @Override
    public GuestIdentity identity(Machine machine) {
        return new GuestIdentity(
                machine.spec().name(), "172.16.0.2/30", "172.16.0.1", Optional.empty(), "AA:FC:00:00:00:01");
    }

    @Override
    public void requireRoom() {
        if (!hasRoomBeside(0)) {
            throw new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "too little room");
        }
    }

    @Override
    public boolean hasRoomBeside(long bytes) {
        return !host.diskIsLow && bytes < host.spareBytes && host.snapshots.size() <= host.roomForSnapshots;
    }

    @Override
    public boolean prepare(LaunchPlan plan, Duration timeout) {
        requireRoom();
        MachineId id = plan.machine().id();
        if (plan.from().disk().isPresent()) {
            suspended().discard(id);
        }
        AtomicBoolean untouched = new AtomicBoolean();
        fate.befall(Effect.PREPARE_DISK, id, () -> {
            plan.from()
                    .disk()
                    .filter(snapshot -> !host.snapshots.contains(snapshot))
                    .ifPresent(snapshot -> {
                        throw new IllegalStateException("there is no snapshot " + snapshot);
                    });
            untouched.set(host.disks.add(id) && plan.from().disk().isEmpty());
        });
        fate.befall(Effect.PREPARE_RUNTIME, id, () -> host.runtimes.add(id));
        return untouched.get();
    }

    @Override
    public Vmm launch(LaunchPlan plan) {
        MachineId id = plan.machine().id();
        fate.befall(Effect.LAUNCH, id, () -> host.startVmm(id));
        return handle(host.lastStarted(id));
    }

    @Override
    public Map<MachineId, Vmm> adopt() {
        Map<MachineId, Vmm> found = new HashMap<>();
        host.running.forEach((id, vmm) -> found.put(id, handle(vmm)));
        return found;
    }

    private Vmm handle(FakeHost.FakeVmm vmm) {
        return new FakeVmmHandle(vmm, fate, alive, () -> suspended().discard(vmm.id));
    }

    @Override
    public VmmExit lastExit(MachineId id) {
        return host.exits.getOrDefault(id, FakeHost.KILLED);
    }

    @Override
    public NetworkAttachment attachment(MachineId id, int slot) {
        return new NetworkAttachment(
                "172.16.0.2", "AA:FC:00:00:00:01", true, Optional.empty(), Optional.of("10.0.0." + slot));
    }

    @Override
    public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
        return Optional.empty();
    }

    @Override
    public VmmUsage usage(ProcessIdentity process) {
        return new VmmUsage(Duration.ZERO, 0);
    }

    @Override
    public ConsoleLogs consoles() {
        return new FakeConsoles();
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
        fate.befall(Effect.REMOVE_DISK, id, () -> {
            host.disks.remove(id);
            host.memories.remove(id);
        });
    }

    @Override
    public Set<MachineId> list() {
        Set<MachineId> all = new HashSet<>(host.disks);
        all.addAll(host.runtimes);
        return all;
    }
}
