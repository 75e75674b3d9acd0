package dev.hyperfleet.oci;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hyperfleet.core.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.json.JsonMapper;

/** A registry on loopback that answers as a test tells it to. */
final class FakeRegistry implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /** Paths that were asked for, with the range where there was one. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** Answers a request, and closes it. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    FakeRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            String range = exchange.getRequestHeaders().getFirst("Range");
            requests.add(range == null ? path : path + " " + range);
            try (exchange) {
                answers.getOrDefault(path, status(404)).to(exchange);
            } catch (IOException hungUp) {
                // The client has read enough.
            }
        });
        server.setExecutor(command -> Thread.ofVirtual().start(command));
        server.start();
    }

    String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    FakeRegistry answer(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    FakeRegistry manifest(String selector, byte[] document) {
        return answer("/v2/image/manifests/" + selector, content(document));
    }

    FakeRegistry blob(byte[] content) {
        return answer(blobPath(content), content(content));
    }

    static String blobPath(byte[] content) {
        return "/v2/image/blobs/" + digest(content);
    }

    static String digest(byte[] content) {
        return "sha256:" + HexFormat.of().formatHex(Sha256.digest().digest(content));
    }

    static Answer status(int status) {
        return exchange -> exchange.sendResponseHeaders(status, -1);
    }

    static Answer redirect(String location) {
        return exchange -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(307, -1);
        };
    }

    static Answer content(byte[] content) {
        return exchange -> {
            exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
        };
    }

    /** A manifest of these parts. */
    static byte[] manifest(byte[] config, byte[]... layers) {
        return JsonMapper.shared()
                .writeValueAsBytes(Map.of(
                        "schemaVersion",
                        2,
                        "config",
                        descriptor(config),
                        "layers",
                        List.of(layers).stream().map(FakeRegistry::descriptor).toList()));
    }

    static Map<String, Object> descriptor(byte[] content) {
        return Map.of("mediaType", "application/octet-stream", "digest", digest(content), "size", content.length);
    }

    static byte[] config(byte[]... archives) {
        return JsonMapper.shared()
                .writeValueAsBytes(Map.of(
                        "rootfs",
                        Map.of(
                                "diff_ids",
                                List.of(archives).stream()
                                        .map(FakeRegistry::digest)
                                        .toList())));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
