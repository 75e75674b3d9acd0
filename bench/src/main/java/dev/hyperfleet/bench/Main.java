package dev.hyperfleet.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Runs the named benchmarks, or all. Fails if one cannot be measured, never because of a figure. */
final class Main {
    private Main() {}

    private static Map<String, Benchmark> benchmarks() {
        Map<String, Benchmark> all = new LinkedHashMap<>();
        all.put("start", new StartBenchmark());
        all.put("wait", new WaitBenchmark());
        all.put("reads", new ReadsBenchmark());
        all.put("create", new CreateBenchmark());
        all.put("waits", new WaitsBenchmark());
        all.put("load", new LoadBenchmark());
        all.put("guest", new GuestBenchmark());
        all.put("proxy", new ProxyBenchmark());
        all.put("wake", new WakeBenchmark());
        all.put("snapshot", new SnapshotBenchmark());
        all.put("fork", new ForkBenchmark());
        all.put("ready", new ReadyBenchmark());
        return all;
    }

    public static void main(String[] arguments) {
        Map<String, Benchmark> all = benchmarks();
        List<String> names = arguments.length == 0 ? List.copyOf(all.keySet()) : List.of(arguments);
        if (!all.keySet().containsAll(names)) {
            System.err.println(
                    "usage: ./dev bench [NAME…]   BENCH_QUICK=1 for a short trial, BENCH_ROUNDS=N for N rounds");
            all.forEach((name, benchmark) -> System.err.printf("  %-8s %s%n", name, benchmark.title()));
            System.exit(2);
        }
        // It warns about each Unix socket that it does not support the keep-alive option.
        ((Logger) LoggerFactory.getLogger("io.netty")).setLevel(Level.ERROR);
        Settings settings = Settings.from(System.getenv());
        Report report = new Report(System.out);
        boolean failed = false;
        for (String name : names) {
            Benchmark benchmark = all.get(name);
            if (benchmark != null) {
                failed |= !run(name, benchmark, settings, report);
            }
        }
        report.summary();
        System.exit(failed ? 1 : 0); // a client's threads may still run
    }

    private static boolean run(String name, Benchmark benchmark, Settings settings, Report report) {
        report.begin(name, benchmark.title());
        try (Workspace workspace = Workspace.create(settings)) {
            benchmark.run(settings, workspace, report);
            return true;
        } catch (IOException | SQLException | RuntimeException failure) {
            report.failure(failure);
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
