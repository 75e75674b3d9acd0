package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The overhead of a start over the VMM's own. Measured, one machine at a time: from sending POST /machines/{id}/start
 * to its response, which arrives when the guest has answered; against {@link BareQemu} or {@link BareFirecracker} with
 * the same disk. With Firecracker in its jail, this includes the cost of jail and network. The two alternate, and swap
 * their order each time.
 *
 * <p>Not measured: the first start of a machine, which creates its disk; a first start of the server's process, in
 * which classes are loaded; parallel starts. These first starts are done before, and excluded.
 */
final class StartBenchmark implements Benchmark {
    private static final int PAIRS = 20;
    private static final int QUICK_PAIRS = 2;
    private static final double GOAL_P50_MS = 25;
    private static final double GOAL_P99_MS = 60;

    /** The time for the kernel's cleanup after a machine. */
    private static final int PAUSE_MILLISECONDS = 300;

    private final Samples ours = new Samples();
    private final Samples bares = new Samples();
    private final Samples differences = new Samples();

    @Override
    public String title() {
        return "POST …/start to ready, against a bare launch of the same VMM";
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        int pairs = settings.rounds(PAIRS, QUICK_PAIRS);
        try (ServerProcess server = ServerProcess.start(settings, workspace, workspace.folder("state"))) {
            Api api = server.api();
            String path = "/machines/" + api.create("bench");
            JsonNode machine = api.post(path + "/start");
            report.line(
                    "vmm",
                    JsonMapper.shared()
                            .readTree(api.get("/health"))
                            .path("vmm_reason")
                            .asString());
            try (BareVmm bare = bare(workspace, machine)) {
                stop(api, path);
                bare.measureStart();
                for (int pair = 0; pair < pairs; pair++) {
                    measurePair(api, path, bare, pair % 2 == 0, report);
                }
            }
        }
        print(report);
    }

    private static BareVmm bare(Workspace workspace, JsonNode machine) throws IOException, InterruptedException {
        List<String> command = ProcFiles.command(machine.path("pid").asLong());
        Path disk = workspace
                .folder("state")
                .resolve("machines")
                .resolve(machine.get("id").asString())
                .resolve("disk.ext4");
        return command.getFirst().contains("firecracker")
                ? new BareFirecracker(workspace, machine, disk)
                : new BareQemu(workspace, command);
    }

    private void measurePair(Api api, String path, BareVmm bare, boolean oursFirst, Report report)
            throws IOException, InterruptedException {
        try {
            long our = oursFirst ? measureStart(api, path) : 0;
            long other = bare.measureStart();
            Thread.sleep(PAUSE_MILLISECONDS);
            our = oursFirst ? our : measureStart(api, path);
            ours.add(our);
            bares.add(other);
            differences.add(our - other);
        } catch (IOException failure) {
            // A failed one is reported, and does not invalidate the others.
            report.line("a start has failed", String.valueOf(failure.getMessage()));
        }
    }

    private static long measureStart(Api api, String path) throws IOException, InterruptedException {
        long began = System.nanoTime();
        api.post(path + "/start");
        long elapsed = System.nanoTime() - began;
        stop(api, path);
        return elapsed;
    }

    private static void stop(Api api, String path) throws IOException, InterruptedException {
        api.post(path + "/stop");
        Thread.sleep(PAUSE_MILLISECONDS);
    }

    private void print(Report report) {
        report.line("hyperfleet", ours.describe());
        report.line("bare VMM", bares.describe());
        report.line("ratio", "p50 %.3f, p99 %.3f".formatted(ratio(50), ratio(99)));
        report.line("median of the pairs' differences", "%.2f ms".formatted(differences.percentile(50)));
        report.goal("overhead, p50", difference(50), "ms", Bound.AT_MOST, GOAL_P50_MS);
        report.goal("overhead, p99", difference(99), "ms", Bound.AT_MOST, GOAL_P99_MS);
    }

    private double ratio(int percent) {
        return ours.percentile(percent) / bares.percentile(percent);
    }

    private double difference(int percent) {
        return ours.percentile(percent) - bares.percentile(percent);
    }
}
