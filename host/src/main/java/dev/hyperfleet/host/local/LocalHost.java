package dev.hyperfleet.host.local;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.ConsoleLogs;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.host.SuspendedMemory;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.host.VmmUsage;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.host.ProcUsage;
import dev.hyperfleet.host.disk.HostDisks;
import dev.hyperfleet.host.network.MachineNetwork;
import dev.hyperfleet.host.shim.ShimConnection;
import dev.hyperfleet.host.shim.ShimSupervisor;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The host that this process runs on. */
public record LocalHost(
        VmmDriver driver,
        ShimSupervisor supervisor,
        MachineNetwork network,
        HostDisks disks,
        SnapshotFiles snapshots,
        SuspendedMemory suspended,
        ConsoleLogs consoles)
        implements Host {
    @Override
    public Description describe() {
        return driver.describe();
    }

    @Override
    public Optional<String> obstacle(Capability capability) {
        return driver.obstacle(capability);
    }

    @Override
    public String memoryFormat() {
        return "%s, %s".formatted(driver.memoryFormat(), network.kind());
    }

    @Override
    public GuestIdentity identity(Machine machine) {
        return network.plan(machine.id(), machine.slot())
                .identity(machine.spec().name());
    }

    @Override
    public int capacity() {
        return network.capacity();
    }

    @Override
    public void requireRoom() {
        disks.requireRoom();
    }

    @Override
    public boolean hasRoomBeside(long bytes) {
        return disks.hasRoomBeside(bytes);
    }

    @Override
    public boolean prepare(LaunchPlan plan, Duration timeout) {
        MachineId id = plan.machine().id();
        if (plan.from() instanceof LaunchPlan.Origin.OwnMemory) {
            suspended.requireLoadable(id);
        } else if (plan.from().disk().isPresent()) {
            suspended.discard(id);
        }
        return disks.prepare(plan, timeout);
    }

    @Override
    public Vmm launch(LaunchPlan plan) {
        MachineId id = plan.machine().id();
        return vmm(
                id,
                supervisor.launch(
                        id, driver.launch(plan, network.plan(id, plan.machine().slot()))));
    }

    @Override
    public Map<MachineId, Vmm> adopt() {
        Map<MachineId, Vmm> adopted = new HashMap<>();
        supervisor.adopt().forEach((id, shim) -> adopted.put(id, vmm(id, shim)));
        return adopted;
    }

    private Vmm vmm(MachineId id, ShimConnection shim) {
        return new LocalVmm(id, shim, driver, network);
    }

    @Override
    public VmmExit lastExit(MachineId id) {
        return supervisor.lastExit(id);
    }

    @Override
    public NetworkAttachment attachment(MachineId id, int slot) {
        return network.plan(id, slot).attachment();
    }

    @Override
    public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
        return network.connect(attachment, port, timeout);
    }

    @Override
    public VmmUsage usage(ProcessIdentity process) {
        return ProcUsage.of(process);
    }

    @Override
    public void keepEvidence(MachineId id, String vmmState) {
        disks.keepEvidence(id, vmmState);
    }

    @Override
    public void removeRuntime(MachineId id) {
        disks.removeRuntime(id);
    }

    @Override
    public void remove(MachineId id) {
        disks.remove(id);
    }

    @Override
    public Set<MachineId> list() {
        return disks.list();
    }
}
