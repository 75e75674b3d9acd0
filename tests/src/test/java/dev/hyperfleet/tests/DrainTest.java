package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM under load, HYPERFLEET_TEST_SHUTDOWNS times (3): every response is complete. */
@MeasuresTime
class DrainTest {
    private static final int SHUTDOWNS = Integer.parseInt(
            Optional.ofNullable(System.getenv("HYPERFLEET_TEST_SHUTDOWNS")).orElse("3"));
    private static final int CLIENTS = 16;
    private static final int WAITERS = 50;
    private static final int MACHINES = 60;
    private static final int WARM = 200;
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: ([0-9]+)\r\n");
    private static final int TIMEOUT_SECONDS = 60;

    @TempDir
    Path state;

    @Test
    void aServerThatIsStoppedUnderLoadCutsNoAnswerShort() throws Exception {
        long answers = 0;
        String id = "";
        for (int shutdown = 0; shutdown < SHUTDOWNS; shutdown++) {
            ServerProcess server = ServerProcess.start(state);
            Api api = server.api();
            if (shutdown == 0) {
                for (int i = 0; i < MACHINES; i++) {
                    id = api.create("m" + i);
                }
            }
            String wait = "/machines/" + id + "/wait?status=running&timeout=30";
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                CountDownLatch warm = new CountDownLatch(CLIENTS * WARM);
                List<Future<Long>> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(threads.submit(() -> ask(server, "/machines?limit=50", warm)));
                }
                List<Future<Long>> waiters = new ArrayList<>();
                for (int i = 0; i < WAITERS; i++) {
                    waiters.add(threads.submit(() -> ask(server, wait, new CountDownLatch(1))));
                }
                assertThat(warm.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
                assertThat(server.terminate()).isLessThan(10_000);
                for (Future<Long> client : clients) {
                    answers += client.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                }
                for (Future<Long> waiter : waiters) {
                    answers += waiter.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                }
            }
        }
        System.out.printf("%d times stopped, %d answers, none cut short%n", SHUTDOWNS, answers);
        try (ServerProcess last = ServerProcess.start(state)) {
            assertThat(last.api().get("/machines").json().get("total").asInt()).isEqualTo(MACHINES);
        }
        Leftovers.assertNone(state);
    }

    /** Sends requests on one connection until the server closes it; returns the number of responses. */
    private static long ask(ServerProcess server, String path, CountDownLatch warm) throws IOException {
        byte[] request =
                "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path).getBytes(StandardCharsets.US_ASCII);
        long answers = 0;
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(server.url).getPort())) {
            InputStream input = socket.getInputStream();
            while (send(socket, request) && readAnswer(input)) {
                answers++;
                warm.countDown();
            }
        }
        return answers;
    }

    /** Whether it could be sent: the server may have exited. */
    private static boolean send(Socket socket, byte[] request) {
        try {
            socket.getOutputStream().write(request);
            return true;
        } catch (IOException gone) {
            return false;
        }
    }

    /** Whether there was a response; a partial one is an error. */
    private static boolean readAnswer(InputStream input) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = readByte(input, head.size() == 0);
            if (next < 0) {
                assertThat(head.size())
                        .as("bytes of a response that was cut short")
                        .isZero();
                return false;
            }
            head.write(next);
        }
        Matcher length = LENGTH.matcher(head.toString(StandardCharsets.ISO_8859_1));
        assertThat(length.find()).isTrue();
        int expected = Integer.parseInt(length.group(1));
        assertThat(input.readNBytes(expected)).hasSize(expected);
        return true;
    }

    /** A reset before the first byte counts as a normal end. */
    private static int readByte(InputStream input, boolean first) throws IOException {
        try {
            return input.read();
        } catch (IOException reset) {
            if (first) {
                return -1;
            }
            throw reset;
        }
    }
}
