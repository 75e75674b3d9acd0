package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * From the start of the server's process to its first response (200 to GET /health), and its resident memory after ten
 * idle seconds. Measured with the launcher as users start it, and, alternately, with the launcher's own java command:
 * the difference is the cost of the launcher's shell.
 *
 * <p>Not measured: the very first start on a host, which probes KVM and creates the database.
 */
final class ReadyBenchmark implements Benchmark {
    private static final int ROUNDS = 10;
    private static final int QUICK_ROUNDS = 2;
    private static final double GOAL_MS = 1_000;
    private static final double GOAL_WITH_CACHE_MS = 600;
    private static final double GOAL_MIB = 150;
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final int POLL_MILLISECONDS = 1;
    private static final byte[] HEALTH =
            "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String AOT_CACHE = ".aot";
    private static final String GOOD_ANSWER = "HTTP/1.1 200";

    @Override
    public String title() {
        return "start of the server to its first response, and its idle memory";
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        Path state = workspace.folder("state");
        ProcessBuilder launcher = ServerProcess.command(settings, workspace, state, "serve")
                .redirectOutput(state.resolve("server.log").toFile());
        launcher.environment().put("DISABLE_AUTH", "true");
        List<String> command;
        boolean cache;
        try (Running first = new Running(workspace, launcher)) {
            first.awaitAnswer();
            command = ProcFiles.command(first.process.pid());
            // Naming one is not enough: the JVM runs without it if the cache is of other jars.
            cache = ProcFiles.maps(first.process.pid(), AOT_CACHE);
        }
        ProcessBuilder java = withSameEnvironment(launcher, command);

        Samples byLauncher = new Samples();
        Samples byJava = new Samples();
        int rounds = settings.rounds(ROUNDS, QUICK_ROUNDS);
        for (int round = 0; round < rounds; round++) {
            byLauncher.add(measure(workspace, launcher));
            byJava.add(measure(workspace, java));
        }
        report.line("by the launcher", byLauncher.describe());
        report.line("java alone", byJava.describe());
        report.line("AOT cache", cache ? "in use" : "none that the JVM has accepted");
        report.goal(
                "p50, by the launcher",
                byLauncher.percentile(50),
                "ms",
                Bound.AT_MOST,
                cache ? GOAL_WITH_CACHE_MS : GOAL_MS);
        measureIdle(workspace, launcher, report);
    }

    private static ProcessBuilder withSameEnvironment(ProcessBuilder model, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(model.redirectOutput());
        builder.environment().clear();
        builder.environment().putAll(model.environment());
        return builder;
    }

    private static long measure(Workspace workspace, ProcessBuilder builder) throws IOException, InterruptedException {
        try (Running running = new Running(workspace, builder)) {
            return running.awaitAnswer();
        }
    }

    private static void measureIdle(Workspace workspace, ProcessBuilder launcher, Report report)
            throws IOException, InterruptedException {
        try (Running running = new Running(workspace, launcher)) {
            running.awaitAnswer();
            Thread.sleep(IDLE);
            long pid = running.process.pid();
            report.line("mapped files in the memory", "%.0f MiB".formatted(ProcFiles.residentFilesMib(pid)));
            report.goal("idle memory", ProcFiles.residentMib(pid), "MiB", Bound.AT_MOST, GOAL_MIB);
        }
    }

    /** A server at a port that is known before it starts. */
    private static final class Running implements AutoCloseable {
        private final int port;
        private final long began;
        final Process process;

        Running(Workspace workspace, ProcessBuilder builder) throws IOException {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            builder.environment().put("PORT", String.valueOf(port));
            began = System.nanoTime();
            process = workspace.start(builder);
        }

        /** How long it took, in nanoseconds. */
        long awaitAnswer() throws IOException, InterruptedException {
            while (System.nanoTime() - began < START_TIMEOUT.toNanos()) {
                if (!process.isAlive()) {
                    throw new IOException("the server has exited by itself");
                }
                if (ask().filter(answer -> answer.startsWith(GOOD_ANSWER)).isPresent()) {
                    return System.nanoTime() - began;
                }
                Thread.sleep(POLL_MILLISECONDS);
            }
            throw new IOException("the server has not answered within %d s".formatted(START_TIMEOUT.toSeconds()));
        }

        private Optional<String> ask() {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout((int) START_TIMEOUT.toMillis());
                socket.getOutputStream().write(HEALTH);
                byte[] answer = socket.getInputStream().readNBytes(GOOD_ANSWER.length());
                return Optional.of(new String(answer, StandardCharsets.US_ASCII));
            } catch (IOException notYet) {
                return Optional.empty();
            }
        }

        @Override
        public void close() throws IOException {
            Workspace.end(process);
        }
    }
}
