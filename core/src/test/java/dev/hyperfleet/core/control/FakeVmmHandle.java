package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.control.FakeHost.FakeVmm;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.VmmExit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** A VMM of a {@link FakeHost}, as one server holds it. */
final class FakeVmmHandle implements Vmm {
    private final FakeVmm vmm;
    private final Fate fate;
    private final CompletableFuture<VmmExit> exit = new CompletableFuture<>();

    private final Runnable discardMemory;

    /**
     * @param alive whether the server is
     * @param discardMemory removes the memory that was saved when the machine was suspended
     */
    FakeVmmHandle(FakeVmm vmm, Fate fate, BooleanSupplier alive, Runnable discardMemory) {
        this.discardMemory = discardMemory;
        this.vmm = vmm;
        this.fate = fate;
        var _ = vmm.watch().thenAccept(how -> {
            if (alive.getAsBoolean()) {
                exit.complete(how);
            }
        });
    }

    @Override
    public ProcessIdentity identity() {
        return vmm.identity;
    }

    @Override
    public Path socket() {
        return Path.of("/run", vmm.id.value(), "vmm.sock");
    }

    @Override
    public CompletableFuture<VmmExit> exit() {
        return exit;
    }

    @Override
    public void boot(LaunchPlan plan) {
        boolean awakes = plan.from() instanceof LaunchPlan.Origin.OwnMemory;
        if (awakes) {
            tell(Effect.BOOT, () -> {
                vmm.awoken = true;
                vmm.frozen = true;
            });
            discardMemory.run();
        }
        tell(Effect.BOOT, () -> {
            plan.from().memory().filter(_ -> vmm.loaded.isEmpty()).ifPresent(snapshot -> {
                vmm.loaded = Optional.of(snapshot);
                vmm.frozen = true;
            });
            vmm.boot();
        });
    }

    @Override
    public void pause(Duration timeout) {
        tell(Effect.PAUSE, vmm::pause);
    }

    @Override
    public void resume(Duration timeout) {
        tell(Effect.RESUME, vmm::resume);
    }

    @Override
    public boolean isPaused() {
        AtomicBoolean paused = new AtomicBoolean();
        tell(Effect.QUERY, () -> paused.set(vmm.paused));
        return paused.get();
    }

    private void tell(Effect effect, Runnable command) {
        fate.befall(effect, vmm.id, () -> {
            if (vmm.hasEnded()) {
                throw new HyperfleetException(ErrorCode.MACHINE_FAILED, "The VMM has gone");
            }
            command.run();
        });
    }

    @Override
    public void save(Path folder, Duration timeout) {
        if (!vmm.paused) {
            throw new IllegalStateException("its memory changes while it is saved");
        }
    }

    @Override
    public String inspect() {
        return "looked at " + vmm.id;
    }

    @Override
    public boolean pressPowerButton() {
        if (vmm.hasEnded() || vmm.guest != GuestBehaviour.HAS_A_POWER_BUTTON_ALONE) {
            return false;
        }
        fate.befall(Effect.PRESS_POWER_BUTTON, vmm.id, vmm::powerOff);
        return true;
    }

    @Override
    public void kill() {
        fate.befall(Effect.KILL, vmm.id, () -> vmm.end(FakeHost.KILLED));
    }

    @Override
    public void close() {}
}
