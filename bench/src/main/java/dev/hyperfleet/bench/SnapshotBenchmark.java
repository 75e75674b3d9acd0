package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Starts from a snapshot, first starts of new machines, from a pool too, and forks, against the machine's own cold start
 * in the same rounds: each until the guest has answered, and, for a copy, has become a machine of its own.
 */
final class SnapshotBenchmark implements Benchmark {
    private static final int ROUNDS = 10;
    private static final int QUICK_ROUNDS = 2;
    private static final int COPIES = 10;

    /** The memory of the pool's guests, of which no other machine has as much. */
    private static final int POOLED_MIB = 257;

    private static final String POOL = "default:1x%d=1".formatted(POOLED_MIB);
    private static final double GOAL_START = 0.10;
    private static final double GOAL_POOL = 0.02;
    private static final double GOAL_HALT = 0.10;
    private static final double GOAL_MEMORY = 0.25;
    private static final double MILLION = 1e6;

    private final Samples colds = new Samples();
    private final Samples warms = new Samples();
    private final Samples firsts = new Samples();
    private final Samples claims = new Samples();
    private final Samples halts = new Samples();
    private final Samples forks = new Samples();

    @Override
    public String title() {
        return "starts from a snapshot and forks, against cold starts of the same machine";
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(
                settings, workspace, workspace.folder("state"), Map.of("HYPERFLEET_WARM_POOL", POOL))) {
            Api api = server.api();
            String source = "/machines/" + api.create("source");
            int rounds = settings.rounds(ROUNDS, QUICK_ROUNDS);
            for (int round = 0; round < rounds; round++) {
                measure(api, source, round == rounds - 1 ? report : null);
            }
        }
        double cold = colds.percentile(50);
        report.line("cold start", colds.describe());
        report.line("start from a snapshot", warms.describe());
        report.line("first start of a new machine", firsts.describe());
        report.line("first start with a guest that waited", claims.describe());
        report.line("source halted", halts.describe());
        report.line("fork of %d, each".formatted(COPIES), forks.describe());
        report.goal("start ÷ cold start, p50", warms.percentile(50) / cold, "", Bound.AT_MOST, GOAL_START);
        report.goal("first start ÷ cold start, p50", firsts.percentile(50) / cold, "", Bound.AT_MOST, GOAL_START);
        report.goal("start from a pool ÷ cold start, p50", claims.percentile(50) / cold, "", Bound.AT_MOST, GOAL_POOL);
        report.goal("halt ÷ cold start, p50", halts.percentile(50) / cold, "", Bound.AT_MOST, GOAL_HALT);
        report.line("a fork's share ÷ start, p50", "%.2f".formatted(forks.percentile(50) / warms.percentile(50)));
    }

    private void measure(Api api, String source, @Nullable Report sizes) throws IOException, InterruptedException {
        long began = System.nanoTime();
        JsonNode cold = api.post(source + "/start");
        colds.add(System.nanoTime() - began);

        JsonNode saved = api.post(source + "/snapshots", Map.of("name", "bench"));
        halts.add((long) (saved.path("halted_ms").asDouble() * MILLION));
        String copy = "/machines/"
                + api.post("/machines", Map.of("name", "copy", "snapshot", "bench"))
                        .path("id")
                        .asString();
        began = System.nanoTime();
        JsonNode warm = api.post(copy + "/start");
        warms.add(System.nanoTime() - began);
        if (sizes != null) {
            double whole = ProcFiles.proportionalBytes(cold.path("pid").asLong());
            double copied = ProcFiles.proportionalBytes(warm.path("pid").asLong());
            sizes.line(
                    "snapshot on disk",
                    "%.0f MiB of memory, %.1f MiB of disk"
                            .formatted(
                                    saved.path("memory_bytes").asLong() / MILLION,
                                    saved.path("disk_bytes").asLong() / MILLION));
            sizes.goal("VMM of a copy ÷ of its source, PSS", copied / whole, "", Bound.AT_MOST, GOAL_MEMORY);
        }
        api.delete(copy + "?force=true");
        api.delete("/snapshots/bench");

        String next = "/machines/" + api.create("next");
        began = System.nanoTime();
        var _ = api.post(next + "/start"); // from a boot snapshot: that of the source's first start
        firsts.add(System.nanoTime() - began);
        api.delete(next + "?force=true");

        JsonNode waiting = api.post("/machines", Map.of("name", "pooled", "vcpu_count", 1, "mem_size_mib", POOLED_MIB));
        String claimed = "/machines/" + waiting.path("id").asString();
        began = System.nanoTime();
        JsonNode claim = api.post(claimed + "/start");
        if (claim.path("started_from").asString("").equals("pool")) {
            claims.add(System.nanoTime() - began);
        }
        api.delete(claimed + "?force=true");

        began = System.nanoTime();
        JsonNode fork = api.post(source + "/fork", Map.of("count", COPIES));
        forks.add((System.nanoTime() - began) / COPIES);
        for (JsonNode each : fork.path("copies")) {
            if (!each.path("error").isNull()) {
                throw new IOException("a copy failed: " + each);
            }
            api.delete("/machines/" + each.at("/machine/id").asString() + "?force=true");
        }
        var _ = api.post(source + "/stop");
    }
}
