package dev.hyperfleet.api.system;

import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Health: what runs here and whether it works, and the probes that say whether to restart the server (/livez) or to
 * send it requests (/readyz). Public, so it names no machine.
 */
public final class HealthRoute implements RouteGroup {
    private record HealthJson(
            String status,
            String version,
            String vmm,
            String acceleration,
            String vmmReason,
            String database,
            List<String> problems,
            Map<String, Integer> machines) {}

    private record ProbeJson(String status, List<String> problems) {}

    private static final String OK = "ok";

    private final ServerInfo info;
    private final Machines machines;
    private final Supplier<ServerCondition> check;

    public HealthRoute(ServerInfo info, Machines machines, Supplier<ServerCondition> check) {
        this.info = info;
        this.machines = machines;
        this.check = check;
    }

    @Override
    public void register(Routes routes) {
        routes.getPublic("/health", this::show);
        routes.getPublic("/livez", context -> Responses.json(context, new ProbeJson(OK, List.of())));
        routes.getPublic("/readyz", this::showReadiness);
    }

    /** A server with too little space for new machines is still ready for existing ones. */
    private void showReadiness(Context context) {
        Optional<String> problem = check.get().database();
        if (problem.isPresent()) {
            context.status(HttpStatus.SERVICE_UNAVAILABLE);
        }
        Responses.json(
                context,
                new ProbeJson(
                        problem.isPresent() ? "unavailable" : OK,
                        problem.stream().toList()));
    }

    private void show(Context context) {
        ServerCondition condition = check.get();
        boolean good = condition.problems().isEmpty();
        if (!good) {
            context.status(HttpStatus.SERVICE_UNAVAILABLE);
        }
        Map<String, Integer> counts = new TreeMap<>();
        for (Map.Entry<MachineStatus, Integer> entry : machines.counts().entrySet()) {
            counts.put(entry.getKey().text(), entry.getValue());
        }
        Host.Description vmm = info.vmm();
        Responses.json(
                context,
                new HealthJson(
                        good ? OK : "degraded",
                        info.version(),
                        vmm.vmm(),
                        vmm.acceleration(),
                        vmm.reason(),
                        condition.database().isEmpty() ? OK : "failing",
                        condition.problems(),
                        counts));
    }
}
