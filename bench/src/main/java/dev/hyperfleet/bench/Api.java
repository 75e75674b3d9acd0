package dev.hyperfleet.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Single requests to a server. An error response causes an exception. */
final class Api {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final int FIRST_ERROR = 400;

    private final URI server;
    private final Optional<String> key;

    Api(URI server, Optional<String> key) {
        this.server = server;
        this.key = key;
    }

    byte[] get(String path) throws IOException, InterruptedException {
        return send("GET", path, BodyPublishers.noBody());
    }

    void delete(String path) throws IOException, InterruptedException {
        var _ = send("DELETE", path, BodyPublishers.noBody());
    }

    JsonNode post(String path) throws IOException, InterruptedException {
        return JSON.readTree(send("POST", path, BodyPublishers.noBody()));
    }

    /** Creates a machine, and returns its id. */
    String create(String name) throws IOException, InterruptedException {
        return JSON.readTree(send("POST", "/machines", BodyPublishers.ofByteArray(machine(name))))
                .path("id")
                .asString();
    }

    /** The body of a request for a machine, small and the same in all benchmarks. */
    static byte[] machine(String name) {
        return JSON.writeValueAsBytes(Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256));
    }

    JsonNode post(String path, Map<String, ?> body) throws IOException, InterruptedException {
        return JSON.readTree(send("POST", path, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body))));
    }

    void put(String path, byte[] body) throws IOException, InterruptedException {
        var _ = send("PUT", path, BodyPublishers.ofByteArray(body));
    }

    /** A response's body as a stream. */
    InputStream stream(String path) throws IOException, InterruptedException {
        return CLIENT.send(request("GET", path, BodyPublishers.noBody()), HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }

    /** Opens a WebSocket. */
    void webSocket(String path, WebSocket.Listener listener) {
        WebSocket.Builder builder = CLIENT.newWebSocketBuilder();
        key.ifPresent(token -> builder.header("Authorization", "Bearer " + token));
        var _ = builder.buildAsync(URI.create(server.resolve(path).toString().replaceFirst("^http", "ws")), listener)
                .join();
    }

    private HttpRequest request(String method, String path, BodyPublisher body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .method(method, body);
        key.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        return request.build();
    }

    private byte[] send(String method, String path, BodyPublisher body) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = CLIENT.send(request(method, path, body), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() >= FIRST_ERROR) {
            throw new IOException("%s %s: %d %s"
                    .formatted(
                            method,
                            path,
                            answer.statusCode(),
                            new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8)));
        }
        return answer.body();
    }
}
