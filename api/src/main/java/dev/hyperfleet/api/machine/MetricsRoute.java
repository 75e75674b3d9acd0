package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.GuestMetrics;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.VmmUsage;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import org.jspecify.annotations.Nullable;

/** A machine's resource usage: the guest's as the guest counts it, the VMM's as the host counts it. */
public final class MetricsRoute implements RouteGroup {
    private final Machines machines;
    private final Host host;

    public MetricsRoute(Machines machines, Host host) {
        this.machines = machines;
        this.host = host;
    }

    /** Null if the machine does not run. */
    private record MetricsJson(
            @Nullable GuestJson guest, @Nullable VmmJson vmm) {}

    private record GuestJson(
            long uptimeMs,
            long cpuMs,
            int cpus,
            double load,
            long memoryTotalBytes,
            long memoryAvailableBytes,
            long diskTotalBytes,
            long diskAvailableBytes,
            long networkReceivedBytes,
            long networkSentBytes,
            int processes) {
        static GuestJson of(GuestMetrics metrics) {
            return new GuestJson(
                    metrics.uptime().toMillis(),
                    metrics.cpu().toMillis(),
                    metrics.cpus(),
                    metrics.load(),
                    metrics.memoryTotal(),
                    metrics.memoryAvailable(),
                    metrics.diskTotal(),
                    metrics.diskAvailable(),
                    metrics.networkReceived(),
                    metrics.networkSent(),
                    metrics.processes());
        }
    }

    private record VmmJson(long pid, long cpuMs, long memoryBytes) {
        static VmmJson of(Instance instance, VmmUsage used) {
            return new VmmJson(instance.process().pid(), used.cpu().toMillis(), used.memoryBytes());
        }
    }

    @Override
    public void register(Routes routes) {
        routes.get("/machines/{id}/metrics", Scope.MACHINES_READ, this::metrics);
    }

    private void metrics(Context context) {
        Machine machine = machines.get(MachinePath.id(context));
        @Nullable
        VmmJson vmm = machine.instance()
                .map(instance -> VmmJson.of(instance, host.usage(instance.process())))
                .orElse(null);
        boolean hasAgent = machine.status() == MachineStatus.RUNNING
                && machine.spec().image().initrd().isPresent();
        @Nullable
        GuestJson guest =
                hasAgent ? GuestJson.of(machines.guest(machine.id(), "measure").metrics()) : null;
        Responses.json(context, new MetricsJson(guest, vmm));
    }
}
