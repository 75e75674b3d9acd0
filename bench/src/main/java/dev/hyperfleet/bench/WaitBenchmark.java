package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * How long after the event waiters have their response: 1,000 waiters on one machine, each with its own connection,
 * wait for it to be stopped, and it is stopped.
 *
 * <p>The event is when the first client, a waiter or the one that stops the machine, has its response: it is not
 * visible earlier outside the server. The clients' own cost, reading 1,000 responses in one thread, is in the figure.
 * The baseline shows its size: a bare Jetty that holds back 1,000 responses and sends all at once. Both are warmed up
 * by requests that are answered at once.
 *
 * <p>For information, the same is measured from the server's time of the event (the machine's updated_at). That is
 * before the event is stored, so that figure includes the disk's flush.
 */
final class WaitBenchmark implements Benchmark {
    private static final int WAITERS = 1_000;
    private static final int ROUNDS = 5;
    private static final int QUICK_ROUNDS = 1;
    private static final double GOAL_P99_MS = 10;
    private static final int OK = 200;

    /** The time after which all requests wait in the server. */
    private static final Duration SETTLE = Duration.ofMillis(1_500);

    private static final int WARM_UP_CLIENTS = 16;
    private static final Duration WARM_UP = Duration.ofSeconds(6);
    private static final Duration QUICK_WARM_UP = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Samples ours = new Samples();
    private final Samples sinceUpdate = new Samples();
    private final Samples bares = new Samples();

    /** Waiters for an event, and the action that causes it. */
    private interface Event {
        JsonNode happen() throws IOException, InterruptedException;
    }

    @Override
    public String title() {
        return "GET …/wait's response after the event, %,d waiters on one machine".formatted(WAITERS);
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        int rounds = settings.rounds(ROUNDS, QUICK_ROUNDS);
        try (ServerProcess server = ServerProcess.start(settings, workspace, workspace.folder("state"));
                BareJettyProcess bare = BareJettyProcess.start(workspace, server.jvm(), workspace.folder("answers"));
                Crowd ourWaiters = Crowd.connect(server.url(), WAITERS);
                Crowd bareWaiters = Crowd.connect(bare.url(), WAITERS)) {
            Api api = server.api();
            String path = "/machines/" + api.create("bench");
            byte[] wait = Requests.get(path + "/wait?status=stopped&timeout=30", server.key());
            byte[] park = Requests.get(BareJetty.PARK, server.key());
            api.post(path + "/start");
            api.post(path + "/stop");
            warmUp(server.url(), wait, settings); // answered at once: it is stopped
            warmUp(bare.url(), Requests.get(BareJetty.RELEASE, server.key()), settings);
            for (int round = 0; round < rounds; round++) {
                api.post(path + "/start");
                addSinceUpdate(ourWaiters, measure(ourWaiters, wait, () -> api.post(path + "/stop"), ours));
                measure(bareWaiters, park, () -> bare.api().post(BareJetty.RELEASE), bares);
            }
        }
        report.line("hyperfleet", ours.describe());
        report.line("bare Jetty, same clients", bares.describe());
        report.line("ratio of p99", "%.2f".formatted(ours.percentile(99) / bares.percentile(99)));
        report.line("hyperfleet, since updated_at", sinceUpdate.describe());
        report.goal("p99", ours.percentile(99), "ms", Bound.AT_MOST, GOAL_P99_MS);
    }

    /** Lets the JVMs of the server and of the clients compile their code. */
    private static void warmUp(URI server, byte[] request, Settings settings) throws IOException {
        try (Crowd crowd = Crowd.connect(server, WARM_UP_CLIENTS)) {
            crowd.load(() -> request, OK, settings.quick() ? QUICK_WARM_UP : WARM_UP);
        }
    }

    /** Adds each waiter's time from the event to its response. Returns the response to the action. */
    private static JsonNode measure(Crowd waiters, byte[] request, Event event, Samples samples) throws IOException {
        waiters.send(() -> request);
        waiters.receive(SETTLE);
        if (waiters.waiting() != WAITERS) {
            throw new IOException("%d did not wait".formatted(WAITERS - waiters.waiting()));
        }
        long[] happened = {0};
        CompletableFuture<JsonNode> answer = CompletableFuture.supplyAsync(unchecked(event))
                .thenApply(node -> {
                    happened[0] = System.nanoTime();
                    return node;
                });
        waiters.receive(PATIENCE);
        JsonNode result = answer.join();
        long first = happened[0];
        for (Connection waiter : waiters.connections()) {
            if (waiter.status() != OK) {
                throw new IOException("a waiter was answered %d".formatted(waiter.status()));
            }
            first = waiter.answeredAt() - first < 0 ? waiter.answeredAt() : first;
        }
        for (Connection waiter : waiters.connections()) {
            samples.add(waiter.answeredAt() - first);
        }
        return result;
    }

    private static Supplier<JsonNode> unchecked(Event event) {
        return () -> {
            try {
                return event.happen();
            } catch (IOException failure) {
                throw new CompletionException(failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new CompletionException(interrupted);
            }
        };
    }

    private void addSinceUpdate(Crowd waiters, JsonNode machine) {
        Instant updated = Instant.parse(machine.path("updated_at").asString());
        long sinceUpdated = ChronoUnit.NANOS.between(updated, Instant.now());
        long updatedAt = System.nanoTime() - sinceUpdated;
        waiters.connections().forEach(waiter -> sinceUpdate.add(waiter.answeredAt() - updatedAt));
    }
}
