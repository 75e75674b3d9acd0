package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Crowd.Throughput;
import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads per second, by clients with an API key and persistent connections: GET of one machine, and of a list of 50,
 * both among 1,000. The baseline is {@link BareJetty} that returns the same bytes from memory. The same clients load
 * both alternately, and the ratio is that of the rounds' medians.
 *
 * <p>The clients use one of the host's cores, so the rates are not the server's maximum; and their cost is in both
 * figures, so the ratio is closer to 1 than without them.
 */
final class ReadsBenchmark implements Benchmark {
    private static final int MACHINES = 1_000;
    private static final int CLIENTS = 16;
    private static final int ROUNDS = 5;
    private static final int QUICK_ROUNDS = 1;
    private static final double GOAL = 0.6;
    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final Duration LOAD = Duration.ofSeconds(3);
    private static final Duration QUICK_LOAD = Duration.ofMillis(500);
    private static final Duration WARM_UP = Duration.ofSeconds(6);
    private static final int KEY_TIMEOUT_SECONDS = 30;
    private static final String ONE = "one";
    private static final String LIST = "list";

    @Override
    public String title() {
        return "GET requests a second among %,d machines, %d clients, against a bare Jetty"
                .formatted(MACHINES, CLIENTS);
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        Path state = workspace.folder("state");
        Path bodies = workspace.folder("answers");
        String key = makeKey(settings, workspace, state);
        try (ServerProcess server = ServerProcess.startWithKey(settings, workspace, state, key)) {
            fill(server);
            String one = "/machines/" + server.api().create("bench");
            Files.write(bodies.resolve(ONE), server.api().get(one));
            Files.write(bodies.resolve(LIST), server.api().get("/machines"));
            try (BareJettyProcess bare = BareJettyProcess.start(workspace, server.jvm(), bodies)) {
                compare(settings, report, "one", server, one, bare, ONE);
                compare(settings, report, "list of 50", server, "/machines", bare, LIST);
            }
        }
    }

    private static void fill(ServerProcess server) throws IOException {
        AtomicInteger number = new AtomicInteger();
        try (Crowd crowd = Crowd.connect(server.url(), 1)) {
            for (int i = 1; i < MACHINES; i++) {
                crowd.send(() ->
                        Requests.post("/machines", Api.machine("bench-" + number.incrementAndGet()), server.key()));
                crowd.receive(Duration.ofSeconds(30));
                if (crowd.waiting() > 0 || crowd.connections().getFirst().status() != CREATED) {
                    throw new IOException("a machine could not be created");
                }
            }
        }
    }

    private static void compare(
            Settings settings,
            Report report,
            String what,
            ServerProcess server,
            String path,
            BareJettyProcess bare,
            String file)
            throws IOException {
        Meter ours = new Meter(settings, server.url(), Requests.get(path, server.key()));
        Meter bares = new Meter(settings, bare.url(), Requests.get("/" + file, Optional.empty()));
        ours.warmUp();
        bares.warmUp();
        int rounds = settings.rounds(ROUNDS, QUICK_ROUNDS);
        for (int round = 0; round < rounds; round++) {
            ours.round();
            bares.round();
        }
        report.line(what + ": hyperfleet", ours.describe());
        report.line(what + ": bare Jetty", bares.describe());
        report.goal(what + ": ratio", ours.median() / bares.median(), "", Bound.AT_LEAST, GOAL);
    }

    /** One server under load, round by round. */
    private static final class Meter {
        private final Settings settings;
        private final URI server;
        private final byte[] request;
        private final Samples latencies = new Samples();
        private double[] perSecond = {};
        private double clientMicros;
        private int errors;

        Meter(Settings settings, URI server, byte[] request) {
            this.settings = settings;
            this.server = server;
            this.request = request;
        }

        void warmUp() throws IOException {
            load(settings.quick() ? QUICK_LOAD : WARM_UP);
        }

        void round() throws IOException {
            Throughput throughput = load(settings.quick() ? QUICK_LOAD : LOAD);
            perSecond = Arrays.copyOf(perSecond, perSecond.length + 1);
            perSecond[perSecond.length - 1] = throughput.perSecond();
            latencies.addAll(throughput.latencies());
            clientMicros = throughput.clientMicros();
            errors += throughput.errors();
        }

        private Throughput load(Duration duration) throws IOException {
            try (Crowd crowd = Crowd.connect(server, CLIENTS)) {
                return crowd.load(() -> request, OK, duration);
            }
        }

        double median() {
            double[] sorted = perSecond.clone();
            Arrays.sort(sorted);
            return sorted[sorted.length / 2];
        }

        String describe() {
            return new Throughput(median(), latencies, errors, clientMicros).describe();
        }
    }

    private static String makeKey(Settings settings, Workspace workspace, Path state)
            throws IOException, InterruptedException {
        Process process = workspace.start(ServerProcess.command(settings, workspace, state, "keys", "create", "bench"));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!process.waitFor(KEY_TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("no key could be created: " + output);
        }
        return output;
    }
}
