package dev.hyperfleet.host.firecracker;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Firecracker's API without a VMM: it records the calls. */
final class FakeFirecracker implements AutoCloseable {
    final List<String> requests = new CopyOnWriteArrayList<>();
    final Map<String, JsonNode> bodies = new ConcurrentHashMap<>();
    final Map<String, Runnable> onRequest = new ConcurrentHashMap<>();

    /** What it reports first; then {@link #state}. */
    final Queue<String> nextStates = new ConcurrentLinkedQueue<>();

    volatile String state = "Not started";
    volatile String fault = "The kernel \\u001b[31mis no kernel";
    volatile String version = "1.17.0";
    volatile String refuse = "";
    private final ServerSocketChannel listener;

    FakeFirecracker(Path socket) throws IOException {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel client = listener.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException closed) {
            // The test has ended.
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            BufferedReader lines = new BufferedReader(Channels.newReader(client, StandardCharsets.ISO_8859_1));
            @Nullable String request;
            while ((request = lines.readLine()) != null) {
                String[] words = request.split(" ", -1);
                int length = 0;
                for (String header = lines.readLine(); header != null && !header.isEmpty(); header = lines.readLine()) {
                    if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                        length = Integer.parseInt(
                                header.substring(header.indexOf(':') + 1).strip());
                    }
                }
                char[] body = new char[length];
                for (int read = 0; read < length; ) {
                    read += lines.read(body, read, length - read);
                }
                answer(client, words[0], words[1], new String(body));
            }
        } catch (IOException gone) {
            // As it may.
        }
    }

    private void answer(SocketChannel client, String method, String path, String body) throws IOException {
        requests.add(method + " " + path);
        onRequest.getOrDefault(method + " " + path, () -> {}).run();
        if (!body.isEmpty()) {
            bodies.put(path, JsonMapper.builder().build().readTree(body));
        }
        String answer;
        if (path.equals(refuse)) {
            answer = content(400, "{\"fault_message\":\"%s\"}".formatted(fault));
        } else if (method.equals("GET")) {
            answer = content(
                    200,
                    path.equals("/version")
                            ? "{\"firecracker_version\":\"%s\"}".formatted(version)
                            : "{\"id\":\"x\",\"state\":\"%s\"}".formatted(state()));
        } else {
            answer = "HTTP/1.1 204 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n\r\n";
        }
        ByteBuffer bytes = ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    private String state() {
        return Optional.ofNullable(nextStates.poll()).orElse(state);
    }

    private static String content(int status, String body) {
        return "HTTP/1.1 %d \r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(status, body.length(), body);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
