package dev.hyperfleet.server.routes;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of the API, which checks every response against the API's description.
 *
 * @param key that it sends; none if empty
 */
record Client(String url, Optional<String> key) {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Headers are given in pairs. */
    Response get(String path, String... headers) {
        return send(request("GET", path, BodyPublishers.noBody(), headers));
    }

    Response send(String method, String path, String... headers) {
        return send(request(method, path, BodyPublishers.noBody(), headers));
    }

    Response sendJson(String method, String path, Map<String, ?> body, String... headers) {
        byte[] json = JsonMapper.shared().writeValueAsBytes(body);
        return send(method, path, "application/json", json, headers);
    }

    Response send(String method, String path, String contentType, byte[] body, String... headers) {
        return send(
                request(method, path, BodyPublishers.ofByteArray(body), headers).header("Content-Type", contentType));
    }

    Response post(String path, Map<String, ?> body) {
        return sendJson("POST", path, body);
    }

    Response post(String path, String... headers) {
        return send("POST", path, headers);
    }

    Response delete(String path, String... headers) {
        return send("DELETE", path, headers);
    }

    Response put(String path, byte[] body, String... headers) {
        return send(request("PUT", path, BodyPublishers.ofByteArray(body), headers));
    }

    private HttpRequest.Builder request(String method, String path, BodyPublisher body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT).method(method, body);
        key.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request;
    }

    private static Response send(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        return check(request, exchange(request, HttpResponse.BodyHandlers.ofByteArray()), HttpResponse::body);
    }

    private static <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> body) {
        try {
            return HTTP.send(request, body);
        } catch (IOException failure) {
            throw new UncheckedIOException(request.method() + " " + request.uri(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** A request to the proxy: its status, and the message of its error. */
    String visit(String path, String... headers) {
        HttpRequest request =
                request("GET", path, BodyPublishers.noBody(), headers).build();
        HttpResponse<byte[]> response = exchange(request, HttpResponse.BodyHandlers.ofByteArray());
        Response answer = new Response(response.statusCode(), response.headers().map(), response.body());
        return answer.status() + " " + (answer.body().length > 0 ? answer.message() : "");
    }

    private interface Body<T> {
        byte[] of(HttpResponse<T> response);
    }

    private static <T> Response check(HttpRequest request, HttpResponse<T> response, Body<T> body) {
        Response answer = new Response(response.statusCode(), response.headers().map(), body.of(response));
        ApiDescription.INSTANCE.check(request.method(), request.uri().getPath(), answer);
        return answer;
    }

    /** Server-sent events, as their lines. Only the head of the response is checked. */
    BufferedReader stream(String path) {
        HttpRequest request = request("GET", path, BodyPublishers.noBody(), "Accept", "text/event-stream")
                .build();
        HttpResponse<InputStream> response = exchange(request, HttpResponse.BodyHandlers.ofInputStream());
        check(request, response, _ -> new byte[0]);
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** Opens a WebSocket, which passes its messages to the listener. */
    WebSocket connect(String path, WebSocket.Listener listener) {
        WebSocket.Builder builder = HTTP.newWebSocketBuilder();
        key.ifPresent(token -> builder.header("Authorization", "Bearer " + token));
        URI target = URI.create(url.replaceFirst("^http", "ws") + path);
        WebSocket socket = builder.buildAsync(target, listener).join();
        // The handshake has succeeded. The JDK does not show its headers.
        Map<String, List<String>> headers = Map.of("x-request-id", List.of("not shown"));
        ApiDescription.INSTANCE.check("GET", path, new Response(101, headers, new byte[0]));
        return socket;
    }

    /** Creates a machine, and returns its path. */
    String create(String name) {
        Response answer = post(
                "/machines",
                Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256, "exposed_ports", List.of(80, 9000)));
        return "/machines/" + expect(201, answer).field("id");
    }

    /** Creates and starts a machine, and returns its path. */
    String run(String name) {
        String machine = create(name);
        expect(200, post(machine + "/start"));
        return machine;
    }

    static Response expect(int status, Response answer) {
        if (answer.status() != status) {
            throw new AssertionError("%d, not %d: %s"
                    .formatted(answer.status(), status, new String(answer.body(), StandardCharsets.UTF_8)));
        }
        return answer;
    }
}
