package dev.hyperfleet.api;

import dev.hyperfleet.core.Hypervisor;
import dev.hyperfleet.core.MachineStatus;
import dev.hyperfleet.core.Machines;
import io.javalin.http.Context;
import java.util.Map;
import java.util.TreeMap;

/** Health: what runs here, and whether it works. For everybody, so it names no machine. */
final class HealthRoute {
    private record HealthJson(
            String status,
            String version,
            String vmm,
            String acceleration,
            String vmmReason,
            String database,
            Map<String, Integer> machines) {}

    private final ServerInfo info;
    private final Machines machines;
    private final Runnable databaseCheck;

    HealthRoute(ServerInfo info, Machines machines, Runnable databaseCheck) {
        this.info = info;
        this.machines = machines;
        this.databaseCheck = databaseCheck;
    }

    void register(Routes routes) {
        routes.getPublic("/health", this::show);
    }

    private void show(Context context) {
        databaseCheck.run();
        Map<String, Integer> counts = new TreeMap<>();
        for (Map.Entry<MachineStatus, Integer> entry : machines.counts().entrySet()) {
            counts.put(entry.getKey().text(), entry.getValue());
        }
        Hypervisor.Description hypervisor = info.hypervisor();
        Answers.json(
                context,
                new HealthJson(
                        "ok",
                        info.version(),
                        hypervisor.vmm(),
                        hypervisor.acceleration(),
                        hypervisor.reason(),
                        "ok",
                        counts));
    }
}
