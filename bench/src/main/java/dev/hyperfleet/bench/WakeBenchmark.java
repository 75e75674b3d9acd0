package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * From a request to a sleeping machine to its response, against the machine's own start, which ends when its guest has
 * answered; for a stopped machine, a paused and a suspended one. The request adds the start of the guest's web server, and the
 * request itself.
 */
final class WakeBenchmark implements Benchmark {
    private static final int ROUNDS = 10;
    private static final int QUICK_ROUNDS = 2;
    private static final int PORT = 8080;
    private static final double GOAL_MS = 100;
    private static final double GOAL_SUSPENDED = 1.3;
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Samples starts = new Samples();
    private final Samples wakes = new Samples();
    private final Samples resumes = new Samples();
    private final Samples restores = new Samples();
    private final Samples awakenings = new Samples();

    @Override
    public String title() {
        return "a first request to a sleeping machine, against its own start";
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(settings, workspace, workspace.folder("state"))) {
            Api api = server.api();
            String id = api.post(
                            "/machines",
                            Map.of(
                                    "name",
                                    "bench",
                                    "vcpu_count",
                                    1,
                                    "mem_size_mib",
                                    256,
                                    "exposed_ports",
                                    List.of(PORT),
                                    "autostart",
                                    true))
                    .path("id")
                    .asString();
            String path = "/machines/" + id;
            var _ = api.post(path + "/start");
            api.put(path + "/files?path=/srv/index.html&parents=true", "hello".getBytes(StandardCharsets.US_ASCII));
            api.put(
                    path + "/files?path=/etc/rc.local&mode=0755",
                    "#!/bin/sh\nexec busybox httpd -f -p 8080 -h /srv\n".getBytes(StandardCharsets.US_ASCII));
            for (int round = 0; round < settings.rounds(ROUNDS, QUICK_ROUNDS); round++) {
                measure(api, server.proxy().resolve("/proxy/%s/%d/".formatted(id, PORT)), path);
            }
        }
        report.line("the machine's own start", starts.describe());
        report.line("a request that starts it", wakes.describe());
        report.line("a request that resumes it", resumes.describe());
        report.line("a suspended machine's own start", restores.describe());
        report.line("a request that starts it", awakenings.describe());
        report.goal(
                "request ÷ start of a suspended machine, p50",
                awakenings.percentile(50) / restores.percentile(50),
                "",
                Bound.AT_MOST,
                GOAL_SUSPENDED);
        report.line("ratio to a start, p50", "%.3f".formatted(wakes.percentile(50) / starts.percentile(50)));
        report.goal(
                "overhead over a start, " + "p50",
                wakes.percentile(50) - starts.percentile(50),
                "ms",
                Bound.AT_MOST,
                GOAL_MS);
    }

    private void measure(Api api, URI port, String path) throws IOException, InterruptedException {
        var _ = api.post(path + "/stop");
        long began = System.nanoTime();
        var _ = api.post(path + "/start");
        starts.add(System.nanoTime() - began);
        var _ = api.post(path + "/stop");
        wakes.add(request(port));
        var _ = api.post(path + "/pause");
        resumes.add(request(port));
        var _ = api.post(path + "/suspend");
        began = System.nanoTime();
        var _ = api.post(path + "/start");
        restores.add(System.nanoTime() - began);
        var _ = api.post(path + "/suspend");
        awakenings.add(request(port));
    }

    private static long request(URI port) throws IOException, InterruptedException {
        long began = System.nanoTime();
        HttpResponse<String> answer = CLIENT.send(
                HttpRequest.newBuilder(port).timeout(Duration.ofMinutes(2)).build(),
                HttpResponse.BodyHandlers.ofString());
        long elapsed = System.nanoTime() - began;
        if (answer.statusCode() != 200) {
            throw new IOException("the machine's port answers %d: %s".formatted(answer.statusCode(), answer.body()));
        }
        return elapsed;
    }
}
