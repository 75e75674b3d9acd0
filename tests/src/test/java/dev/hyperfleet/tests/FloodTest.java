package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client without a key cannot make the server accumulate data. */
@MeasuresTime
class FloodTest {
    private static final String UPGRADE = """
            GET /machines/abcdefghijkl/ports/80/connect HTTP/1.1\r
            Host: a\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
            \r
            """;

    private static final int CONNECTIONS = 4;
    private static final int BATCH = 500;
    private static final int PATIENCE_MILLISECONDS = 300_000;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 ([0-9]{3}) ");
    private static final Pattern HEAP = Pattern.compile("(?m)^jvm_memory_used_bytes\\{area=\"heap\"} ([0-9.E]+)$");

    @TempDir
    Path state;

    private String key() {
        Cli.Result key = Cli.run(state, "keys", "create", "all");
        assertThat(key.exitCode()).as(key.output()).isZero();
        return key.output();
    }

    @Test
    void aHundredThousandOddRequestsOfAStrangerLeaveNothingBehind() throws Exception {
        try (ServerProcess server = ServerProcess.startWithKey(state, key())) {
            flood(URI.create(server.url).getPort(), 4_000, 0); // warms it up
            Measure before = Measure.of(server);
            int[] statuses = flood(URI.create(server.url).getPort(), 100_000, 4_000);
            assertThat(statuses[404] + statuses[405] + statuses[401]).isEqualTo(100_000);
            Measure after = Measure.of(server);
            assertThat(after.series()).as("series").isLessThan(before.series() + 60);
            assertThat(after.bytes()).as("bytes of /metrics").isLessThan(before.bytes() + (8 << 10));
            assertThat(after.heap()).as("bytes of heap").isLessThan(before.heap() + (12L << 20));
        }
    }

    /** The server's accumulated data. */
    private record Measure(long series, long bytes, double heap) {
        static Measure of(ServerProcess server) throws IOException, InterruptedException {
            Process collection = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/jcmd", String.valueOf(server.pid()), "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(collection.waitFor(2, TimeUnit.MINUTES)).isTrue();
            assertThat(collection.exitValue()).isZero();
            String text = new String(server.api().get("/metrics").body(), StandardCharsets.UTF_8);
            Matcher heap = HEAP.matcher(text);
            assertThat(heap.find()).isTrue();
            return new Measure(text.lines().count(), text.length(), Double.parseDouble(heap.group(1)));
        }
    }

    /** Sends requests with distinct methods, paths and queries; returns the number of responses of each status. */
    private static int[] flood(int port, int count, int from) throws Exception {
        int[] statuses = new int[600];
        try (ExecutorService threads = Executors.newFixedThreadPool(2 * CONNECTIONS)) {
            List<Future<int[]>> answers = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                int first = from + i * (count / CONNECTIONS);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setSoTimeout(PATIENCE_MILLISECONDS);
                answers.add(threads.submit(() -> read(socket, count / CONNECTIONS)));
                var _ = threads.submit(() -> {
                    send(socket, first, count / CONNECTIONS);
                    return true;
                });
            }
            for (Future<int[]> one : answers) {
                int[] seen = one.get();
                for (int status = 0; status < seen.length; status++) {
                    statuses[status] += seen[status];
                }
            }
        }
        return statuses;
    }

    private static void send(Socket socket, int first, int count) throws IOException {
        for (int begin = first; begin < first + count; begin += BATCH) {
            StringBuilder batch = new StringBuilder();
            for (int i = begin; i < Math.min(begin + BATCH, first + count); i++) {
                batch.append(
                        switch (i % 4) {
                            case 0 -> "ODD%d /nothing HTTP/1.1".formatted(i);
                            case 1 -> "GET /nothing/%d?q%d HTTP/1.1".formatted(i, i);
                            case 2 -> "ODD%d /machines/m%d HTTP/1.1".formatted(i, i);
                            default -> "GET /machines/m%d HTTP/1.1".formatted(i);
                        });
                batch.append("\r\nHost: test%d\r\nX-Request-Id: odd-%d\r\nX-Odd-%d: x\r\n\r\n".formatted(i, i, i));
            }
            socket.getOutputStream().write(batch.toString().getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static int[] read(Socket socket, int count) throws IOException {
        int[] statuses = new int[600];
        int seen = 0;
        String rest = "";
        byte[] buffer = new byte[64 << 10];
        while (seen < count) {
            int bytes = socket.getInputStream().read(buffer);
            assertThat(bytes).as("the connection ended after %d answers", seen).isPositive();
            String text = rest + new String(buffer, 0, bytes, StandardCharsets.ISO_8859_1);
            Matcher status = STATUS.matcher(text);
            int end = 0;
            while (status.find()) {
                statuses[Integer.parseInt(status.group(1))]++;
                seen++;
                end = status.end();
            }
            rest = text.substring(Math.max(end, text.length() - "HTTP/1.1 404".length()));
        }
        socket.close();
        return statuses;
    }

    @Test
    void everyRequestCountsWhetherThereIsARouteForItOrNot() throws Exception {
        try (ServerProcess server = ServerProcess.startWithKey(state, Map.of("HYPERFLEET_RATE_LIMIT", "20"), key())) {
            for (int port : List.of(
                    URI.create(server.url).getPort(), URI.create(server.proxy).getPort())) {
                int[] statuses = flood(port, 2_000, 0);
                assertThat(statuses[429]).as("refused at port " + port).isGreaterThan(1_000);
            }
            assertThat(server.api().get("/machines").status()).isEqualTo(200); // a key has a separate limit
            for (int port : List.of(
                    URI.create(server.url).getPort(), URI.create(server.proxy).getPort())) {
                assertThat(statusesOf(port, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"))
                        .as("invalid HTTP")
                        .contains(429);
                assertThat(statusesOf(port, UPGRADE)).as("upgrades").contains(429);
            }
        }
    }

    /** Of the same request on many connections, one after the other. */
    private static List<Integer> statusesOf(int port, String request) {
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 200 && !statuses.contains(429); i++) {
            try (RawConnection connection = RawConnection.open(port)) {
                statuses.add(connection.send(request).head().code());
            }
        }
        return statuses;
    }
}
