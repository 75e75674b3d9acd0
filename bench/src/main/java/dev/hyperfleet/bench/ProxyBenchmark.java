package dev.hyperfleet.bench;

import dev.hyperfleet.bench.LoadClients.Outcome;
import dev.hyperfleet.bench.Report.Bound;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests of a kilobyte through the proxy, against nginx as a proxy to the same upstream, which is nginx too. The
 * proxies have one CPU to themselves; clients and upstream have the other. They alternate. Latency is measured at half
 * of our proxy's throughput, through it and without it, after our proxy has run at both loads long enough to be
 * compiled: before that, the compiler occupies the one CPU for milliseconds at a time.
 *
 * <p>The upstream is on this host and not in a machine ({@link BareProxy}): an emulated guest would dominate the
 * result.
 */
final class ProxyBenchmark implements Benchmark {
    private static final int ROUNDS = 5;
    private static final int QUICK_ROUNDS = 1;
    private static final Duration ROUND = Duration.ofSeconds(5);
    private static final Duration WARM_UP = Duration.ofSeconds(20);
    private static final int PROXY_CPU = 0;
    private static final int LOAD_CPU = 1;
    private static final double GOAL_RATE = 0.5;
    private static final double GOAL_LATENCY_MS = 1;
    private static final int MIDDLE = 2;

    @Override
    public String title() {
        return "requests through the proxy, against nginx; requires nginx and two CPUs";
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        pin(String.valueOf(LOAD_CPU));
        try (Nginx upstream = Nginx.upstream(workspace, workspace.folder("upstream"), LOAD_CPU);
                Nginx nginx = Nginx.proxy(workspace, workspace.folder("nginx"), PROXY_CPU, upstream.port())) {
            int ours = start(settings, workspace, upstream.port());
            measure(settings, report, upstream.port(), nginx.port(), ours);
        } finally {
            pin(PROXY_CPU + "," + LOAD_CPU);
        }
    }

    private static void measure(Settings settings, Report report, int upstream, int nginx, int ours)
            throws IOException, InterruptedException {
        String path = "/proxy/bench/%d/".formatted(upstream);
        Outcome warm = LoadClients.run(ours, path, WARM_UP, 0);
        var _ = LoadClients.run(ours, path, WARM_UP, warm.perSecond() / 2); // different code is hot at this load
        var _ = LoadClients.run(nginx, "/", Duration.ofSeconds(1), 0);
        List<Double> oursRates = new ArrayList<>();
        List<Double> nginxRates = new ArrayList<>();
        Samples through = new Samples();
        Samples direct = new Samples();
        for (int round = 0; round < settings.rounds(ROUNDS, QUICK_ROUNDS); round++) {
            nginxRates.add(LoadClients.run(nginx, "/", ROUND, 0).perSecond());
            Outcome full = LoadClients.run(ours, path, ROUND, 0);
            oursRates.add(full.perSecond());
            double half = full.perSecond() / 2;
            through.addAll(LoadClients.run(ours, path, ROUND, half).latencies());
            direct.addAll(LoadClients.run(upstream, "/", ROUND, half).latencies());
        }
        report.line("hyperfleet", "%.0f requests/s (median)".formatted(median(oursRates)));
        report.line("nginx", "%.0f requests/s (median)".formatted(median(nginxRates)));
        report.line("at half load, through the proxy", through.describe());
        report.line("at half load, without it", direct.describe());
        report.goal("of nginx's requests/s", median(oursRates) / median(nginxRates), "", Bound.AT_LEAST, GOAL_RATE);
        report.goal(
                "added latency at half load, p99",
                through.percentile(99) - direct.percentile(99),
                "ms",
                Bound.AT_MOST,
                GOAL_LATENCY_MS);
    }

    private static double median(List<Double> rates) {
        return rates.stream().sorted().toList().get(rates.size() / MIDDLE);
    }

    private static int start(Settings settings, Workspace workspace, int upstream)
            throws IOException, InterruptedException {
        List<String> jvm;
        try (ServerProcess server = ServerProcess.start(settings, workspace, workspace.folder("server"))) {
            jvm = server.jvm();
        }
        List<String> command = new ArrayList<>(List.of("taskset", "-c", String.valueOf(PROXY_CPU)));
        command.addAll(jvm);
        int classPath = command.indexOf("-cp") + 1;
        command.set(
                classPath, command.get(classPath) + ":" + System.getProperty("bench.classes", "bench/target/classes"));
        Path folder = workspace.folder("proxy");
        command.addAll(List.of(BareProxy.class.getName(), folder.toString(), String.valueOf(upstream)));
        Process process = workspace.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        @Nullable String line = output.readLine();
        while (line != null && !line.matches("[0-9]+")) {
            line = output.readLine(); // a line of the log
        }
        if (line == null) {
            throw new IOException("the proxy did not start");
        }
        return Integer.parseInt(line);
    }

    /** This process, with its clients, on these CPUs. */
    private static void pin(String cpus) throws IOException, InterruptedException {
        Process taskset = new ProcessBuilder(
                        "taskset",
                        "-a",
                        "-p",
                        "-c",
                        cpus,
                        String.valueOf(ProcessHandle.current().pid()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (taskset.waitFor() != 0) {
            throw new IOException("taskset does not work here");
        }
    }
}
