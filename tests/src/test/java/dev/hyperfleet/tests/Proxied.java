package dev.hyperfleet.tests;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of one port of a machine, by path or by host.
 *
 * @param proxy the proxy's address
 * @param way how it names the machine
 * @param key sent with each request, if there is one
 */
record Proxied(String proxy, Way way, String machine, int port, Optional<String> key, HttpClient.Version version) {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    /** How a request names its target. */
    enum Way {
        PATH,
        HOST
    }

    static Proxied of(ServerProcess server, Way way, String machine, String key) {
        return new Proxied(
                server.proxy,
                way,
                machine,
                WebApplication.PORT,
                key.isEmpty() ? Optional.empty() : Optional.of(key),
                HttpClient.Version.HTTP_1_1);
    }

    Proxied withoutKey() {
        return new Proxied(proxy, way, machine, port, Optional.empty(), version);
    }

    Proxied withKey(String other) {
        return new Proxied(proxy, way, machine, port, Optional.of(other), version);
    }

    Proxied at(int other) {
        return new Proxied(proxy, way, machine, other, key, version);
    }

    Proxied by(HttpClient.Version other) {
        return new Proxied(proxy, way, machine, port, key, other);
    }

    String host() {
        return way == Way.HOST
                ? "%d-%s.localhost:%d"
                        .formatted(port, machine, URI.create(proxy).getPort())
                : URI.create(proxy).getAuthority();
    }

    String target(String path) {
        return way == Way.HOST ? path : "/proxy/%s/%d%s".formatted(machine, port, path);
    }

    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + host() + target(path)))
                .timeout(TIMEOUT)
                .version(version);
        key.ifPresent(token -> request.header("X-Hyperfleet-Key", token));
        return request;
    }

    <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> handler) {
        try {
            return CLIENT.send(request.build(), handler);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    CompletableFuture<HttpResponse<String>> begin(String path) {
        return CLIENT.sendAsync(request(path).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) {
        return send(request(path), BodyHandlers.ofString());
    }

    HttpResponse<InputStream> stream(String path) {
        return send(request(path), BodyHandlers.ofInputStream());
    }

    HttpResponse<String> post(String path, BodyPublisher body) {
        return send(request(path).POST(body), BodyHandlers.ofString());
    }

    /** The request as the application received it. */
    static JsonNode seen(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    /** A raw request, for what a correct client does not send. */
    RawConnection raw() {
        return RawConnection.open(URI.create(proxy).getPort());
    }

    /** The head of such a request, valid for the proxy. */
    String head(String method, String path, String... headers) {
        StringBuilder head =
                new StringBuilder("%s %s HTTP/1.1\r\nHost: %s\r\n".formatted(method, target(path), host()));
        key.ifPresent(token -> head.append("X-Hyperfleet-Key: ").append(token).append("\r\n"));
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
