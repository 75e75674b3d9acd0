package dev.hyperfleet.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Many clients of one server, all served by the calling thread. So they cost little compared to the server, which has
 * the same cores; and the cost is the same for every measured server.
 */
final class Crowd implements AutoCloseable {
    /** One source address has fewer ports than there may be clients. */
    private static final int CLIENTS_PER_ADDRESS = 5_000;

    private static final int BUFFER_BYTES = 64 * 1024;

    private final Selector selector;
    private final List<Connection> connections = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private int waiting;

    private Crowd(Selector selector) {
        this.selector = selector;
    }

    static Crowd connect(URI server, int size) throws IOException {
        Crowd crowd = new Crowd(Selector.open());
        boolean connected = false;
        try {
            for (int i = 0; i < size; i++) {
                crowd.add(server, i / CLIENTS_PER_ADDRESS);
            }
            connected = true;
            return crowd;
        } finally {
            if (!connected) {
                crowd.close();
            }
        }
    }

    private void add(URI server, int address) throws IOException {
        SocketChannel channel = SocketChannel.open();
        byte[] source = {127, 0, 0, (byte) (address + 1)};
        byte[] loopback = {127, 0, 0, 1};
        channel.bind(new InetSocketAddress(InetAddress.getByAddress(source), 0));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.connect(new InetSocketAddress(InetAddress.getByAddress(loopback), server.getPort()));
        channel.configureBlocking(false);
        Connection connection = new Connection(channel);
        channel.register(selector, SelectionKey.OP_READ, connection);
        connections.add(connection);
    }

    List<Connection> connections() {
        return connections;
    }

    /** The number of clients without a response yet. */
    int waiting() {
        return waiting;
    }

    /** Lets each client send a request. */
    void send(Supplier<byte[]> requests) throws IOException {
        for (Connection connection : connections) {
            send(connection, requests.get());
        }
    }

    private void send(Connection connection, byte[] request) throws IOException {
        if (!connection.isBroken()) {
            connection.send(request);
            waiting++;
        }
    }

    /** Reads responses until all have one, or the timeout. */
    void receive(Duration timeout) throws IOException {
        receive(System.nanoTime() + timeout.toNanos(), _ -> {});
    }

    /** The action after a response. */
    private interface Reaction {
        void on(Connection answered) throws IOException;
    }

    private void receive(long deadline, Reaction reaction) throws IOException {
        while (waiting > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return;
            }
            selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                Connection connection = (Connection) keys.next().attachment();
                keys.remove();
                if (connection.receive(buffer)) {
                    waiting--;
                    reaction.on(connection);
                }
            }
        }
    }

    /**
     * A server's results under load.
     *
     * @param perSecond responses per second
     * @param errors responses with an unexpected status, and failed connections
     * @param clientMicros this process's CPU time per response, in microseconds
     */
    record Throughput(double perSecond, Samples latencies, int errors, double clientMicros) {
        String describe() {
            return "%,.0f/s; %s; %d errors; client %.1f µs of CPU each"
                    .formatted(perSecond, latencies.describe(), errors, clientMicros);
        }
    }

    /** Lets each client send its next request as soon as it has the response to the previous one. */
    Throughput load(Supplier<byte[]> requests, int expected, Duration duration) throws IOException {
        Samples latencies = new Samples();
        int[] errors = {0};
        long cpu = cpuNanos();
        long began = System.nanoTime();
        long end = began + duration.toNanos();
        send(requests);
        Consumer<Connection> count = answered -> {
            latencies.add(answered.elapsed());
            if (answered.status() != expected) {
                errors[0]++;
            }
        };
        receive(end + TimeUnit.SECONDS.toNanos(30), answered -> {
            count.accept(answered);
            if (answered.answeredAt() < end) {
                send(answered, requests.get());
            }
        });
        double seconds = (System.nanoTime() - began) / 1e9;
        int missing = waiting;
        return new Throughput(
                latencies.size() / seconds,
                latencies,
                errors[0] + missing,
                (cpuNanos() - cpu) / 1e3 / latencies.size());
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
