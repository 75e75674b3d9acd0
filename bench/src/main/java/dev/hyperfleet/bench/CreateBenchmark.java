package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Crowd.Throughput;
import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Creations per second by 16 clients with persistent connections, against {@link BareSqlite}: single commits of the
 * same row, on the same disk. The two alternate; the ratio is that of the rounds' medians.
 *
 * <p>The server may commit concurrent creations together, and the baseline does not: on a disk with slow flushes, the
 * ratio can be above 1. The baseline has the host to itself while it runs, and no HTTP, so on a disk with fast flushes,
 * the ratio shows their cost.
 */
final class CreateBenchmark implements Benchmark {
    private static final int CLIENTS = 16;
    private static final int ROUNDS = 5;
    private static final int QUICK_ROUNDS = 1;
    private static final double GOAL = 0.5;
    private static final int CREATED = 201;
    private static final Duration LOAD = Duration.ofSeconds(2);
    private static final Duration QUICK_LOAD = Duration.ofMillis(500);

    private final AtomicInteger number = new AtomicInteger();

    @Override
    public String title() {
        return "POST /machines a second, %d clients, against bare SQLite commits".formatted(CLIENTS);
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report)
            throws IOException, InterruptedException, SQLException {
        int rounds = settings.rounds(ROUNDS, QUICK_ROUNDS);
        Duration duration = settings.quick() ? QUICK_LOAD : LOAD;
        Path state = workspace.folder("state");
        try (ServerProcess server = ServerProcess.start(settings, workspace, state)) {
            server.api().create("bench");
            Path model = state.resolve("hyperfleet.db");
            try (BareSqlite bare = new BareSqlite(workspace.folder("bare").resolve("bare.db"), model);
                    Crowd crowd = Crowd.connect(server.url(), CLIENTS)) {
                Supplier<byte[]> requests = () ->
                        Requests.post("/machines", Api.machine("bench-" + number.incrementAndGet()), server.key());
                crowd.load(requests, CREATED, duration.multipliedBy(2));
                bare.commitsPerSecond(duration, new Samples());

                double[] ours = new double[rounds];
                double[] bares = new double[rounds];
                Samples ourLatencies = new Samples();
                Samples bareLatencies = new Samples();
                int errors = 0;
                double clientMicros = 0;
                for (int round = 0; round < rounds; round++) {
                    Throughput throughput = crowd.load(requests, CREATED, duration);
                    ours[round] = throughput.perSecond();
                    ourLatencies.addAll(throughput.latencies());
                    errors += throughput.errors();
                    clientMicros = throughput.clientMicros();
                    bares[round] = bare.commitsPerSecond(duration, bareLatencies);
                }
                report.line("hyperfleet", new Throughput(median(ours), ourLatencies, errors, clientMicros).describe());
                report.line("bare SQLite", "%,.0f/s; %s".formatted(median(bares), bareLatencies.describe()));
                report.goal("ratio", median(ours) / median(bares), "", Bound.AT_LEAST, GOAL);
            }
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
