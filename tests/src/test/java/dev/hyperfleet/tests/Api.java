package dev.hyperfleet.tests;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of the API, which checks every response against the API's description. */
final class Api {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String url;
    private final Optional<String> key;

    Api(String url, Optional<String> key) {
        this.url = url;
        this.key = key;
    }

    Response get(String path) {
        return send(request("GET", path, HttpRequest.BodyPublishers.noBody()));
    }

    Response delete(String path) {
        return send(request("DELETE", path, HttpRequest.BodyPublishers.noBody()));
    }

    Response post(String path) {
        return send(request("POST", path, HttpRequest.BodyPublishers.noBody()));
    }

    Response post(String path, Object body) {
        return postRaw(path, "application/json", JSON.writeValueAsBytes(body));
    }

    /** Posts a body that need not be JSON. */
    Response postRaw(String path, @Nullable String contentType, byte[] body) {
        return request("POST", path, contentType, body);
    }

    /** Any request with any body. */
    Response request(String method, String path, @Nullable String contentType, byte[] body) {
        HttpRequest.Builder request = request(method, path, HttpRequest.BodyPublishers.ofByteArray(body));
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        return send(request);
    }

    /** Any request; headers are given in pairs. */
    Response request(String method, String path, String... headers) {
        HttpRequest.Builder request = request(method, path, HttpRequest.BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request);
    }

    /** Any request with a JSON body; further headers are given in pairs. */
    Response request(String method, String path, Map<String, ?> body, String... headers) {
        HttpRequest.Builder request = request(
                        method, path, HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request);
    }

    private HttpRequest.Builder request(String method, String path, HttpRequest.BodyPublisher body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(TIMEOUT).method(method, body);
        key.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        return request;
    }

    /** Sends bytes with PUT; headers are given in pairs. */
    Response put(String path, HttpRequest.BodyPublisher body, String... headers) {
        HttpRequest.Builder request = request("PUT", path, body);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request);
    }

    Response put(String path, byte[] body, String... headers) {
        return put(path, HttpRequest.BodyPublishers.ofByteArray(body), headers);
    }

    /** A streamed response. */
    HttpResponse<InputStream> stream(String path, String... headers) {
        HttpRequest.Builder request = request("GET", path, HttpRequest.BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Server-sent events of a path. */
    EventReader events(String path, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("Accept", "text/event-stream"));
        return EventReader.of(stream(path, all.toArray(String[]::new)));
    }

    /** Attaches to a process over a WebSocket. */
    Terminal attach(String path) {
        return Terminal.open(CLIENT, URI.create(url.replaceFirst("^http", "ws") + path), key);
    }

    /** Starts a process with these fields, and returns its id. */
    String start(String machine, Map<String, ?> options, String... command) {
        Map<String, Object> body = new HashMap<>(options);
        body.put("command", List.of(command));
        Response answer = post("/machines/" + machine + "/processes", body);
        if (answer.status() != 201) {
            throw new AssertionError("start of a process: " + answer.message());
        }
        return answer.field("id");
    }

    private static Response send(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        try {
            HttpResponse<byte[]> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
            Response answer =
                    new Response(response.statusCode(), response.headers().map(), response.body());
            ApiDescription.INSTANCE.check(request.method(), request.uri().getPath(), answer);
            return answer;
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(request.method() + " " + request.uri(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Creates a machine of one CPU and 256 MiB, and returns its id. */
    String create(String name) {
        Response answer = post("/machines", Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256));
        if (answer.status() != 201) {
            throw new AssertionError("create: " + new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8));
        }
        return answer.field("id");
    }

    /** Creates and starts a machine, and returns its id. */
    String run(String name) {
        String id = create(name);
        Response answer = post("/machines/" + id + "/start");
        if (answer.status() != 200) {
            Response console = get("/machines/" + id + "/logs?tail=20");
            throw new AssertionError("start: %s%nThe end of its console:%n%s"
                    .formatted(answer.message(), new String(console.body(), java.nio.charset.StandardCharsets.UTF_8)));
        }
        return id;
    }

    Response exec(String id, String... command) {
        return post("/machines/" + id + "/exec", Map.of("command", List.of(command)));
    }

    /** What keeps a machine awake. */
    List<String> heldAwakeBy(String id) {
        return get("/machines/" + id)
                .json()
                .get("activity")
                .get("held_awake_by")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
    }

    String status(String id) {
        return get("/machines/" + id).field("status");
    }
}
