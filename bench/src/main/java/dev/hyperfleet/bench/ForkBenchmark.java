package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Starts from a snapshot, and a fork of many, against bare VMMs that restore the same; under QEMU. Our start ends
 * when the guest has a name, an address, random numbers and a clock of its own; a bare one when its agent has answered.
 */
final class ForkBenchmark implements Benchmark {
    private static final int ROUNDS = 10;
    private static final int QUICK_ROUNDS = 2;
    private static final int COPIES = 50;
    private static final int QUICK_COPIES = 4;

    /** As many guests come up at the same time. */
    private static final int STARTS_PER_CPU = 4;

    private static final double GOAL_START = 1.2;
    private static final double GOAL_RATE = 0.8;
    private static final double NANOSECONDS_IN_SECOND = 1e9;

    private final Samples starts = new Samples();
    private final Samples bares = new Samples();

    @Override
    public String title() {
        return "starts from a snapshot and a fork of many, against bare restores";
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        Path state = workspace.folder("state");
        try (ServerProcess server = ServerProcess.start(settings, workspace, state)) {
            Api api = server.api();
            String source = "/machines/" + api.create("source");
            var _ = api.post(source + "/start");
            JsonNode saved = api.post(source + "/snapshots", Map.of("name", "base"));
            Path snapshot = state.resolve("snapshots").resolve(saved.path("id").asString());
            try (BareRestore bare = bare(api, workspace, state, snapshot)) {
                var _ = bare.measure();
                for (int round = 0; round < settings.rounds(ROUNDS, QUICK_ROUNDS); round++) {
                    starts.add(measureStart(api));
                    bares.add(bare.measure());
                }
                int copies = settings.quick() ? QUICK_COPIES : COPIES;
                long loop = bare.measure(
                        copies, STARTS_PER_CPU * Runtime.getRuntime().availableProcessors());
                long fork = measureFork(api, source, copies);
                print(report, copies, loop, fork);
            }
        }
    }

    private static BareRestore bare(Api api, Workspace workspace, Path state, Path snapshot)
            throws IOException, InterruptedException {
        String id = copy(api);
        JsonNode running = api.post("/machines/" + id + "/start");
        List<String> command = ProcFiles.command(running.path("pid").asLong());
        api.delete("/machines/" + id + "?force=true");
        return new BareRestore(
                workspace, command, snapshot, state.resolve("machines").resolve(id));
    }

    private static String copy(Api api) throws IOException, InterruptedException {
        return api.post("/machines", Map.of("name", "copy", "snapshot", "base"))
                .path("id")
                .asString();
    }

    private static long measureStart(Api api) throws IOException, InterruptedException {
        String path = "/machines/" + copy(api);
        long began = System.nanoTime();
        var _ = api.post(path + "/start");
        long elapsed = System.nanoTime() - began;
        api.delete(path + "?force=true");
        return elapsed;
    }

    private static long measureFork(Api api, String source, int count) throws IOException, InterruptedException {
        long began = System.nanoTime();
        JsonNode fork = api.post(source + "/fork", Map.of("count", count));
        long elapsed = System.nanoTime() - began;
        for (JsonNode each : fork.path("copies")) {
            if (!each.path("error").isNull()) {
                throw new IOException("a copy failed: " + each);
            }
            api.delete("/machines/" + each.at("/machine/id").asString() + "?force=true");
        }
        return elapsed;
    }

    private void print(Report report, int copies, long loop, long fork) {
        report.line("start from a snapshot", starts.describe());
        report.line("bare restore", bares.describe());
        report.goal(
                "start ÷ bare restore, p50",
                starts.percentile(50) / bares.percentile(50),
                "",
                Bound.AT_MOST,
                GOAL_START);
        report.line("start, longer by, p50", "%.0f ms".formatted(starts.percentile(50) - bares.percentile(50)));
        report.line("bare restores of %d".formatted(copies), "%.2f s".formatted(loop / NANOSECONDS_IN_SECOND));
        report.line("fork of %d".formatted(copies), "%.2f s".formatted(fork / NANOSECONDS_IN_SECOND));
        report.goal("rate of a fork ÷ of bare restores", (double) loop / fork, "", Bound.AT_LEAST, GOAL_RATE);
    }
}
