package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.FakeHost.FakeVmm;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.host.Hypervisor;
import dev.hyperfleet.core.host.Launch;
import dev.hyperfleet.core.host.NetworkPlan;
import dev.hyperfleet.core.machine.Machine;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** The way to the VMMs of a {@link FakeHost}. */
final class FakeHypervisor implements Hypervisor {
    private final FakeHost host;
    private final Fate fate;

    FakeHypervisor(FakeHost host, Fate fate) {
        this.host = host;
        this.fate = fate;
    }

    @Override
    public Description describe() {
        return new Description("fake", "none", "for tests");
    }

    @Override
    public Launch launch(Machine machine, NetworkPlan network) {
        return new Launch(
                List.of(machine.id().value()),
                List.of(),
                network,
                new Launch.Limits(0, 0, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    @Override
    public void boot(Machine machine, NetworkPlan network) {
        tell(Effect.BOOT, machine.id(), FakeVmm::boot);
    }

    @Override
    public Optional<String> pauseObstacle() {
        return host.pauseObstacle;
    }

    @Override
    public void pause(MachineId id) {
        tell(Effect.PAUSE, id, FakeVmm::pause);
    }

    @Override
    public void resume(MachineId id) {
        tell(Effect.RESUME, id, vmm -> vmm.paused = false);
    }

    @Override
    public boolean isPaused(MachineId id) {
        AtomicBoolean paused = new AtomicBoolean();
        tell(Effect.QUERY, id, vmm -> paused.set(vmm.paused));
        return paused.get();
    }

    @Override
    public String inspect(MachineId id) {
        return "looked at " + id;
    }

    private void tell(Effect effect, MachineId id, Consumer<FakeVmm> command) {
        fate.befall(
                effect,
                id,
                () -> host.vmm(id).ifPresentOrElse(command, () -> {
                    throw new HyperfleetException(ErrorCode.MACHINE_FAILED, "The VMM has gone");
                }));
    }

    @Override
    public boolean pressPowerButton(MachineId id) {
        Optional<FakeVmm> vmm = host.vmm(id).filter(it -> it.guest == GuestBehaviour.HAS_A_POWER_BUTTON_ALONE);
        vmm.ifPresent(it -> fate.befall(Effect.PRESS_POWER_BUTTON, id, it::powerOff));
        return vmm.isPresent();
    }
}
