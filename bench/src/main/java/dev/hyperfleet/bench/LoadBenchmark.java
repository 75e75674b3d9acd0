package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * 10,000 open waits and 1,000 event streams, while machines change 50 times a second: whether all events arrive, how
 * soon waiters wake, and how other requests are affected. A change is a deletion, which reaches every waiter of that
 * machine, and every stream. Clients and server share this host's CPUs.
 */
final class LoadBenchmark implements Benchmark {
    private static final int WAITS_PER_MACHINE = 20;
    private static final int MACHINES = 500;
    private static final int STREAMS = 1_000;
    private static final int QUICK_PART = 10;
    private static final double WARM_UP_PART = 0.4;
    private static final int CHANGES_PER_SECOND = 50;
    private static final int READS_PER_SECOND = 100;
    private static final Duration SETTLE = Duration.ofSeconds(5);
    private static final Duration UNLOADED = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final double GOAL_WAKE_MS = 50;
    private static final double GOAL_READS = 1.5;
    private static final int GONE = 404;

    @Override
    public String title() {
        return "%,d waits and %,d event streams, at %d changes a second"
                .formatted(MACHINES * WAITS_PER_MACHINE, STREAMS, CHANGES_PER_SECOND);
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        int part = settings.quick() ? QUICK_PART : 1;
        try (ServerProcess server = ServerProcess.start(settings, workspace, workspace.folder("state"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            measure(server, threads, MACHINES / part, STREAMS / part, report);
        }
    }

    private static void measure(ServerProcess server, ExecutorService threads, int machines, int streams, Report report)
            throws IOException, InterruptedException {
        Api api = server.api();
        String read = "/machines/" + api.create("read");
        List<String> ids = create(api, "changes", machines);
        Samples unloaded = reads(api, read, UNLOADED);
        ConcurrentHashMap<String, Long> deleted = new ConcurrentHashMap<>();
        CountDownLatch listening = new CountDownLatch(streams);
        AtomicLong heard = new AtomicLong();
        List<String> first = create(api, "first", (int) (machines * WARM_UP_PART));
        int changes = first.size() + machines;
        List<Future<Long>> listeners = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            listeners.add(threads.submit(() -> listen(server, changes, listening, heard)));
        }
        listening.await();
        List<Future<Long>> waiters = new ArrayList<>();
        for (String id : ids) {
            for (int i = 0; i < WAITS_PER_MACHINE; i++) {
                waiters.add(threads.submit(() -> await(server, id, deleted)));
            }
        }
        TimeUnit.SECONDS.sleep(SETTLE.toSeconds());
        long memory = Math.round(ProcFiles.residentMib(server.pid()));
        change(api, first, deleted, threads); // without waiters; after this the server has compiled its code
        Duration changing = Duration.ofSeconds(machines / CHANGES_PER_SECOND);
        Future<Samples> loaded = threads.submit(() -> reads(api, read, changing));
        change(api, ids, deleted, threads);

        Samples wakes = new Samples();
        long missed = 0;
        for (Future<Long> waiter : waiters) {
            Optional<Long> latency = outcome(waiter);
            latency.ifPresent(wakes::add);
            missed += latency.isEmpty() ? 1 : 0;
        }
        long unheard = 0;
        for (Future<Long> listener : listeners) {
            unheard += outcome(listener).map(it -> changes - it).orElse((long) changes);
        }
        Samples reads = outcome(loaded).orElseThrow(() -> new IOException("reads failed under load"));
        report.line(
                "waits",
                "%,d on %,d machines; the server has %,d MiB then".formatted(waiters.size(), machines, memory));
        report.line("events", "%,d heard by %,d streams".formatted(heard.get(), streams));
        report.line("from the request to a waiter's answer", wakes.describe());
        report.line("GET one, unloaded", unloaded.describe());
        report.line("GET one, under this load", reads.describe());
        report.goal("missed wake-ups and events", (double) (missed + unheard), "", Bound.AT_MOST, 0);
        report.goal("wake-up, p99", wakes.percentile(99), "ms", Bound.AT_MOST, GOAL_WAKE_MS);
        report.goal(
                "GET one, p99, of the unloaded one",
                reads.percentile(99) / unloaded.percentile(99),
                "",
                Bound.AT_MOST,
                GOAL_READS);
    }

    private static List<String> create(Api api, String name, int count) throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(api.create(name + "-" + i));
        }
        return ids;
    }

    private static void change(
            Api api, List<String> ids, ConcurrentHashMap<String, Long> deleted, ExecutorService threads)
            throws InterruptedException {
        long pause = TimeUnit.SECONDS.toNanos(1) / CHANGES_PER_SECOND;
        long due = System.nanoTime();
        for (String id : ids) {
            deleted.put(id, System.nanoTime());
            var _ = threads.submit(() -> {
                api.delete("/machines/" + id);
                return id;
            });
            due += pause;
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
        }
    }

    /** Nanoseconds from the request that deletes the machine to a waiter's response. */
    private static long await(ServerProcess server, String id, ConcurrentHashMap<String, Long> deleted)
            throws IOException {
        try (Socket socket = connect(server)) {
            socket.getOutputStream()
                    .write(Requests.get("/machines/%s/wait?status=running&timeout=30".formatted(id), server.key()));
            String status = lines(socket.getInputStream()).readLine();
            long now = System.nanoTime();
            if (status == null || !status.contains(" " + GONE + " ")) {
                throw new IOException("a waiter got: " + status);
            }
            return now - deleted.getOrDefault(id, now);
        }
    }

    /** The number of deletions that it receives, of a total. */
    private static long listen(ServerProcess server, int changes, CountDownLatch listening, AtomicLong heard)
            throws IOException {
        try (Socket socket = connect(server)) {
            socket.getOutputStream().write(Requests.get("/events?follow=true&cursor=end", server.key()));
            BufferedReader lines = lines(socket.getInputStream());
            long count = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && listening.getCount() > 0 && count == 0) {
                    listening.countDown();
                }
                if (line.equals("event: deleted")) {
                    heard.incrementAndGet();
                    count++;
                }
                if (count == changes) {
                    break;
                }
            }
            return count;
        }
    }

    private static Samples reads(Api api, String path, Duration duration) throws IOException, InterruptedException {
        Samples samples = new Samples();
        long pause = TimeUnit.SECONDS.toNanos(1) / READS_PER_SECOND;
        long end = System.nanoTime() + duration.toNanos();
        for (long due = System.nanoTime(); due < end; due += pause) {
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            long began = System.nanoTime();
            var _ = api.get(path);
            samples.add(System.nanoTime() - began);
        }
        return samples;
    }

    private static Socket connect(ServerProcess server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.url().getPort());
    }

    private static BufferedReader lines(InputStream input) {
        return new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8), 1024);
    }

    private static <T> Optional<T> outcome(Future<T> future) throws InterruptedException {
        try {
            return Optional.of(future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException missed) {
            future.cancel(true);
            return Optional.empty();
        }
    }
}
