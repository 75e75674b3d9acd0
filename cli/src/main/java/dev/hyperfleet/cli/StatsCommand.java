package dev.hyperfleet.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** What machines use. */
@Command(
        name = "stats",
        aliases = "top",
        description = {
            "Show what running machines use, as their guests count it: all of them, or those that are named.",
            "On a terminal it is updated every two seconds, until Ctrl-C."
        })
final class StatsCommand implements Callable<Integer> {
    private static final List<String> COLUMNS = List.of("name", "cpu", "memory", "disk", "net_in", "net_out", "procs");
    private static final long PERIOD_MILLISECONDS = 2000;
    private static final double PERCENT = 100;

    @Parameters(paramLabel = "NAME|ID", arity = "0..*")
    private List<String> machines = List.of();

    @Option(names = "--no-stream", description = "Show it once.")
    private boolean once;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** What a machine had used at a time of its own clock. */
    private record Sample(long uptimeMillis, long cpuMillis) {}

    private final Map<String, Sample> before = new HashMap<>();

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        Output output = new Output(spec.commandLine());
        boolean live = !once && !format.isJson() && LocalTerminal.isThere();
        List<Map<String, Object>> rows = sample(client);
        if (format.isJson()) {
            output.json(rows);
            return 0;
        }
        do {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLISECONDS)); // CPU time is of a period
            rows = sample(client);
            if (live) {
                output.clear();
            }
            output.table(COLUMNS, rows);
        } while (live);
        return 0;
    }

    private List<Map<String, Object>> sample(ApiClient client) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String machine : names(client)) {
            try {
                rows.add(row(machine, client.metrics(machine).path("guest")));
            } catch (CliException failure) {
                if (machines.contains(machine)) {
                    throw failure;
                }
                // It has ended since the list was made.
            }
        }
        return rows;
    }

    private List<String> names(ApiClient client) {
        return machines.isEmpty()
                ? client.list("running")
                        .get("machines")
                        .valueStream()
                        .map(machine -> machine.get("name").asString())
                        .toList()
                : machines;
    }

    private Map<String, Object> row(String machine, JsonNode guest) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", machine);
        if (guest.isMissingNode() || guest.isNull()) {
            return row;
        }
        row.put("cpu", cpu(machine, guest));
        long total = guest.path("memory_total_bytes").asLong();
        row.put("memory", used(total - guest.path("memory_available_bytes").asLong(), total));
        long disk = guest.path("disk_total_bytes").asLong();
        row.put("disk", used(disk - guest.path("disk_available_bytes").asLong(), disk));
        row.put("net_in", Units.bytes(guest.path("network_received_bytes").asLong()));
        row.put("net_out", Units.bytes(guest.path("network_sent_bytes").asLong()));
        row.put("procs", guest.path("processes").asInt());
        return row;
    }

    /** Of all its CPUs together: 200 % is two of them. Nothing for the first sample. */
    private String cpu(String machine, JsonNode guest) {
        Sample now = new Sample(
                guest.path("uptime_ms").asLong(), guest.path("cpu_ms").asLong());
        @Nullable Sample last = before.put(machine, now);
        if (last == null || now.uptimeMillis() <= last.uptimeMillis()) {
            return "-";
        }
        return "%.0f%%"
                .formatted(PERCENT * (now.cpuMillis() - last.cpuMillis()) / (now.uptimeMillis() - last.uptimeMillis()));
    }

    private static String used(long bytes, long total) {
        return "%s / %s".formatted(Units.bytes(bytes), Units.bytes(total));
    }
}
