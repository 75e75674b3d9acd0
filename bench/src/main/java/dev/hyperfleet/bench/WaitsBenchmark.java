package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * 10,000 concurrent waits, each with its own connection, for one machine to run: whether all get their response when it
 * does, and their cost in server memory.
 *
 * <p>Memory is the process's resident memory while they wait, less that before, divided by their number. It includes
 * uncollected garbage and their connections, but not the kernel's socket buffers. There is no baseline.
 */
final class WaitsBenchmark implements Benchmark {
    private static final int WAITS = 10_000;
    private static final int QUICK_WAITS = 1_000;
    private static final int WARM_UP_WAITS = 200;
    private static final int OK = 200;
    private static final double KIB_IN_MIB = 1024;
    private static final Duration SETTLE = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public String title() {
        return "%,d parallel waits: errors and memory".formatted(WAITS);
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        int waits = settings.quick() ? QUICK_WAITS : WAITS;
        try (ServerProcess server = ServerProcess.start(settings, workspace, workspace.folder("state"))) {
            warmUp(server);
            String path = "/machines/" + server.api().create("bench");
            byte[] request = Requests.get(path + "/wait?status=running&timeout=30", server.key());
            double before = ProcFiles.residentMib(server.pid());
            try (Crowd crowd = Crowd.connect(server.url(), waits)) {
                crowd.send(() -> request);
                crowd.receive(SETTLE);
                int early = waits - crowd.waiting();
                double meanwhile = ProcFiles.residentMib(server.pid());

                long began = System.nanoTime();
                CompletableFuture<Void> start = CompletableFuture.runAsync(() -> post(server, path + "/start"));
                crowd.receive(PATIENCE);
                start.join();
                long elapsed = System.nanoTime() - began;

                double errors = crowd.connections().stream()
                        .filter(connection -> connection.status() != OK)
                        .count();
                report.line("waits", "%,d, of which %d were answered too early".formatted(waits, early));
                report.line("start to the last answer", "%.0f ms".formatted(elapsed / 1e6));
                report.line("server's memory", "%.0f MiB before, %.0f MiB with them".formatted(before, meanwhile));
                report.line("memory for each", "%.1f KiB".formatted((meanwhile - before) * KIB_IN_MIB / waits));
                report.goal("errors", errors, "", Bound.AT_MOST, 0);
            }
            post(server, path + "/stop");
        }
    }

    /** Loads the code, whose memory should not count. */
    private static void warmUp(ServerProcess server) throws IOException, InterruptedException {
        String path = "/machines/" + server.api().create("bench-warm-up");
        byte[] request = Requests.get(path + "/wait?status=running&timeout=1", server.key());
        try (Crowd crowd = Crowd.connect(server.url(), WARM_UP_WAITS)) {
            crowd.send(() -> request);
            crowd.receive(PATIENCE);
        }
    }

    private static void post(ServerProcess server, String path) {
        try {
            server.api().post(path);
        } catch (IOException failure) {
            throw new CompletionException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CompletionException(interrupted);
        }
    }
}
