package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.control.FakeHost.FakeVmm;
import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.guest.BusyWatch;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.core.guest.GuestMetrics;
import dev.hyperfleet.core.guest.GuestPorts;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.PortConnection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** One server's connection to the agent in a guest on a {@link FakeHost}. Nothing keeps its machine awake. */
public final class FakeGuest implements Guest {
    private final MachineId id;
    private final FakeHost host;
    private final Fate fate;
    private final MonotonicClock time;
    private final CompletableFuture<Object> closed = new CompletableFuture<>();

    public FakeGuest(MachineId id, FakeHost host, Fate fate, MonotonicClock time) {
        this.id = id;
        this.host = host;
        this.fate = fate;
        this.time = time;
    }

    private FakeVmm vmm() {
        return host.vmm(id).orElseThrow(() -> silent("it has gone"));
    }

    @Override
    public void awaitReady(Duration timeout) {
        fate.befall(Effect.AWAIT_READY, id, () -> answer(timeout));
        requireOpen();
    }

    private void answer(Duration timeout) {
        try {
            FakeVmm vmm = vmm();
            var _ = time.await(vmm.paused ? closed : CompletableFuture.anyOf(vmm.ready, closed), timeout);
        } catch (TimeoutException late) {
            throw silent("it has not answered within %s".formatted(timeout));
        } catch (InterruptedException | ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void requireOpen() {
        if (closed.isDone()) {
            throw silent("it was closed");
        }
    }

    @Override
    public void setClock(InstantSource host, Duration late, Duration timeout) {
        FakeVmm vmm = vmm();
        if (vmm.paused || vmm.guest == GuestBehaviour.SILENT_AFTER_ITS_START) {
            await(closed, timeout);
            throw silent("it was closed");
        }
        vmm.clockIsLate = false;
    }

    @Override
    public void freeze(Duration timeout) {
        fate.befall(Effect.FREEZE, id, () -> vmm().frozen = true);
    }

    @Override
    public Duration renew(Renewal renewal, InstantSource host, Duration timeout) {
        fate.befall(Effect.RENEW, id, () -> {
            FakeVmm vmm = vmm();
            if (vmm.paused) {
                throw silent("it is halted");
            }
            if (renewal.restored()) { // nothing has waited for it before
                answer(timeout);
                requireOpen();
            }
            vmm.renamed = renewal.identity().map(GuestIdentity::hostname).or(() -> vmm.renamed);
            vmm.frozen = renewal.waiting();
        });
        return Duration.ZERO;
    }

    @Override
    public void shutdown(Duration grace) {
        fate.befall(Effect.SHUT_DOWN, id, () -> {
            FakeVmm vmm = vmm();
            if (vmm.paused
                    || vmm.guest == GuestBehaviour.SILENT_AT_SHUTDOWN
                    || vmm.guest == GuestBehaviour.HAS_A_POWER_BUTTON_ALONE) {
                throw silent("it does not answer");
            }
            if (vmm.guest != GuestBehaviour.IGNORES_SHUTDOWN) {
                vmm.powerOff();
            }
        });
    }

    @Override
    public BusyWatch watchBusy() {
        return new BusyWatch() {
            private boolean told;

            @Override
            public boolean next() {
                if (told) {
                    var _ = closed.join();
                    throw silent("it was closed");
                }
                told = true;
                return false;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public GuestProcesses processes() {
        return vmm().processes;
    }

    @Override
    public GuestFiles files() {
        return vmm().files;
    }

    @Override
    public GuestPorts ports() {
        return new GuestPorts() {
            @Override
            public PortConnection connect(int port, Duration timeout) {
                fate.befall(Effect.CONNECT, id, () -> {
                    FakeVmm vmm = vmm();
                    if (vmm.paused) {
                        await(closed, timeout);
                        throw silent("it was closed");
                    }
                    if (!vmm.listens(port)) {
                        throw new HyperfleetException(
                                ErrorCode.PORT_CLOSED, "Nothing listens on port %d in machine %s".formatted(port, id));
                    }
                });
                return new FakePortConnection();
            }

            @Override
            public void awaitListener(int port, Duration timeout) {
                await(CompletableFuture.anyOf(vmm().listening(port), closed), timeout);
                if (closed.isDone()) {
                    throw silent("it was closed");
                }
            }
        };
    }

    private void await(CompletableFuture<Object> event, Duration timeout) {
        try {
            var _ = time.await(event, timeout);
        } catch (TimeoutException late) {
            throw new HyperfleetException(
                    ErrorCode.TIMEOUT, "Machine %s has not answered within %s".formatted(id, timeout), late);
        } catch (InterruptedException | ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public GuestMetrics metrics() {
        vmm();
        return new GuestMetrics(Duration.ofSeconds(5), Duration.ofSeconds(1), 1, 256, 128, 64, 32, 0, 0, 0.5, 0);
    }

    private HyperfleetException silent(String why) {
        return new HyperfleetException(ErrorCode.GUEST_ERROR, "The agent in machine %s: %s".formatted(id, why));
    }

    @Override
    public void close() {
        closed.complete(true);
    }
}
