package dev.hyperfleet.api.system;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.RecoveryReport;
import dev.hyperfleet.core.control.RecoveryReport.Action;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the start of this server found, and what it did about it. */
public final class RecoveryRoute implements RouteGroup {
    private record StepJson(String machineId, String action, String reason) {
        static StepJson of(RecoveryReport.Step step) {
            return new StepJson(step.machine().value(), step.action().text(), step.reason());
        }
    }

    private record RecoveryJson(
            Instant startedAt, double durationMs, int machines, Map<String, Long> counts, List<StepJson> steps) {}

    private final RecoveryReport report;

    public RecoveryRoute(RecoveryReport report) {
        this.report = report;
    }

    @Override
    public void register(Routes routes) {
        routes.get("/recovery", Scope.MACHINES_READ, this::show);
    }

    private void show(Context context) {
        Map<String, Long> counts = Arrays.stream(Action.values())
                .collect(Collectors.toMap(Action::text, this::count, Math::addExact, TreeMap::new));
        Responses.json(
                context,
                new RecoveryJson(
                        report.began(),
                        report.took().toNanos() / 1e6,
                        report.machines(),
                        counts,
                        report.steps().stream().map(StepJson::of).toList()));
    }

    private long count(Action action) {
        return report.steps().stream().filter(step -> step.action() == action).count();
    }
}
