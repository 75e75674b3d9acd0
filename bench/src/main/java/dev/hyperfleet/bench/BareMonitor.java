package dev.hyperfleet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** QEMU's monitor, with nothing around it. For one thread. */
final class BareMonitor implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader from;
    private final Writer to;

    private BareMonitor(SocketChannel channel) {
        this.channel = channel;
        this.from = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        this.to = Channels.newWriter(channel, StandardCharsets.UTF_8);
    }

    static BareMonitor connect(Path socket) throws IOException {
        BareMonitor monitor = new BareMonitor(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        var _ = monitor.read(); // its greeting
        monitor.execute("qmp_capabilities", "{}");
        return monitor;
    }

    void execute(String command, String arguments) throws IOException {
        to.write("{\"execute\":\"%s\",\"arguments\":%s}%n".formatted(command, arguments));
        to.flush();
        JsonNode answer = read();
        while (answer.has("event")) {
            answer = read();
        }
        if (answer.has("error")) {
            throw new IOException("QEMU refuses %s: %s".formatted(command, answer));
        }
    }

    /** Waits for an event with this status. */
    void await(String event, String status) throws IOException {
        JsonNode next = read();
        while (!next.path("event").asString("").equals(event)
                || !next.at("/data/status").asString("").equals(status)) {
            if (next.at("/data/status").asString("").equals("failed")) {
                throw new IOException("QEMU failed: " + next);
            }
            next = read();
        }
    }

    private JsonNode read() throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new IOException("QEMU has closed its monitor");
        }
        return JsonMapper.shared().readTree(line);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
