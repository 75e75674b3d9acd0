package dev.hyperfleet.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Clients that repeat the same request, each on a persistent connection. */
final class LoadClients {
    private static final int CLIENTS = 32;

    private LoadClients() {}

    /** Their results. */
    record Outcome(double perSecond, Samples latencies) {}

    /**
     * Runs them.
     *
     * @param perSecond total requests per second; 0 for as many as possible
     */
    static Outcome run(int port, String path, Duration duration, double perSecond)
            throws IOException, InterruptedException {
        byte[] request =
                "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path).getBytes(StandardCharsets.US_ASCII);
        int answer = answerSize(port, request);
        long pause = perSecond == 0 ? 0 : (long) (TimeUnit.SECONDS.toNanos(1) / perSecond * CLIENTS);
        long end = System.nanoTime() + duration.toNanos();
        List<Future<Samples>> clients = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < CLIENTS; client++) {
                long first = System.nanoTime() + pause * client / CLIENTS;
                clients.add(threads.submit(() -> ask(port, request, answer, first, pause, end)));
            }
        }
        Samples all = new Samples();
        for (Future<Samples> client : clients) {
            try {
                all.addAll(client.get());
            } catch (ExecutionException failure) {
                throw new IOException(failure.getCause());
            }
        }
        return new Outcome(all.size() / (duration.toNanos() / 1e9), all);
    }

    private static Samples ask(int port, byte[] request, int answer, long first, long pause, long end)
            throws IOException, InterruptedException {
        Samples samples = new Samples();
        byte[] bytes = new byte[answer];
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            InputStream input = socket.getInputStream();
            for (long due = first; due < end; due = pause == 0 ? System.nanoTime() : due + pause) {
                long wait = due - System.nanoTime();
                if (wait > 0) {
                    TimeUnit.NANOSECONDS.sleep(wait);
                }
                long began = System.nanoTime();
                socket.getOutputStream().write(request);
                if (input.readNBytes(bytes, 0, answer) < answer) {
                    throw new IOException("a response was cut off");
                }
                samples.add(System.nanoTime() - began);
            }
        }
        return samples;
    }

    /** All responses have the same size: the header that differs, the request's id, always has the same length. */
    private static int answerSize(int port, byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(request);
            InputStream input = new BufferedInputStream(socket.getInputStream());
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = input.read();
                if (next < 0) {
                    throw new IOException("no answer but: " + head);
                }
                head.append((char) next);
            }
            String text = head.toString();
            if (!text.startsWith("HTTP/1.1 200 ")) {
                throw new IOException("the answer is: " + text);
            }
            int at = text.toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ") + "content-length: ".length();
            return head.length() + Integer.parseInt(text.substring(at, text.indexOf('\r', at)));
        }
    }
}
