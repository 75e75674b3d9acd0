package dev.hyperfleet.server.routes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.server.InProcessServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Web pages of other origins that HYPERFLEET_CORS_ORIGINS lists, and those that it does not list. */
class CorsTest {
    private static final String LISTED = "https://console.example.com";
    private static final String OTHER = "https://evil.example";
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final InProcessServer server =
            InProcessServer.start(Map.of("HYPERFLEET_CORS_ORIGINS", "http://localhost:5173," + LISTED));
    private final Client client =
            new Client(server.url(), Optional.of(server.key("page", Quota.NONE, Scope.MACHINES_READ, Scope.ALL)));

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    /** A request without a key. */
    private HttpResponse<String> send(String method, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .headers(headers)
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> preflight(String path, String origin, String method)
            throws IOException, InterruptedException {
        return send("OPTIONS", path, "Origin", origin, "Access-Control-Request-Method", method);
    }

    private static Set<String> names(HttpResponse<?> response, String header) {
        return Arrays.stream(response.headers().firstValue(header).orElse("").split(", *", -1))
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    private static String allowedOrigin(HttpResponse<?> response) {
        return response.headers().firstValue("Access-Control-Allow-Origin").orElse("none");
    }

    @Test
    void aPreflightOfAListedOriginIsAnsweredWithoutAKeyForEachOperation() throws Exception {
        for (Call call : Call.all()) {
            HttpResponse<String> response = preflight(call.path(Call.NO_MACHINE), LISTED, call.method());
            assertThat(response.statusCode()).as(call.toString()).isEqualTo(204);
            assertThat(allowedOrigin(response)).isEqualTo(LISTED);
            assertThat(names(response, "Access-Control-Allow-Methods"))
                    .contains(call.method().toLowerCase(Locale.ROOT));
            assertThat(response.headers().allValues("Vary")).contains("Origin");
            assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
            assertThat(response.headers().firstValue("Access-Control-Max-Age")).isPresent();
        }
    }

    @Test
    void aPageMaySendEachHeaderThatIsDescribedAndReadEachOfAResponse() throws Exception {
        Set<String> sent = names(preflight("/machines", LISTED, "POST"), "Access-Control-Allow-Headers");
        assertThat(sent).contains("authorization", "content-type", "if-range", "last-event-id", "x-request-id");
        assertThat(sent).containsAll(described("/components/parameters", "header"));
        Set<String> read = names(send("GET", "/health", "Origin", LISTED), "Access-Control-Expose-Headers");
        assertThat(read).contains("retry-after", "idempotent-replayed", "content-range", "allow", "etag");
        assertThat(read).containsAll(List.of("x-request-id", "location", "www-authenticate"));
    }

    /** The names of the description's parameters of this kind. */
    private static Set<String> described(String pointer, String kind) {
        return ApiDescription.INSTANCE
                .tree()
                .at(pointer)
                .valueStream()
                .filter(parameter -> parameter.path("in").asString("").equals(kind))
                .map(parameter -> parameter.get("name").asString().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    @Test
    void responsesAreReadableForListedOriginsAloneAlsoErrors() throws Exception {
        for (String path : List.of("/health", "/machines", "/nothing", "/")) {
            HttpResponse<String> listed = send("GET", path, "Origin", LISTED);
            assertThat(allowedOrigin(listed)).as(path).isEqualTo(LISTED);
            for (HttpResponse<String> other :
                    List.of(send("GET", path, "Origin", OTHER), send("GET", path, "Accept", "text/html"))) {
                assertThat(other.statusCode()).isLessThan(500);
                assertThat(allowedOrigin(other)).as(path).isEqualTo("none");
                assertThat(other.headers().firstValue("Access-Control-Expose-Headers"))
                        .isEmpty();
                assertThat(other.headers().allValues("Vary")).as(path).contains("Origin");
            }
            assertThat(listed.headers().map().keySet())
                    .noneMatch(name -> name.equalsIgnoreCase("Access-Control-Allow-Credentials"));
        }
        assertThat(send("GET", "/machines", "Origin", LISTED).statusCode()).isEqualTo(401);
    }

    @Test
    void aPreflightOfAnotherOriginIsNotAnswered() throws Exception {
        for (String origin : List.of(
                OTHER,
                "null",
                "http://console.example.com",
                LISTED + ":8443",
                LISTED + ".evil.example",
                "https://CONSOLE.example.com",
                "*")) {
            HttpResponse<String> response = preflight("/machines", origin, "POST");
            assertThat(response.statusCode()).as(origin).isEqualTo(405);
            assertThat(allowedOrigin(response)).as(origin).isEqualTo("none");
        }
    }

    @Test
    void aListedPageMayChangeThingsAndNoOther() {
        Map<String, Object> body = Map.of("name", "of-a-page", "vcpu_count", 1, "mem_size_mib", 256);
        String[] crossSite = {"Sec-Fetch-Site", "cross-site", "Origin", LISTED};
        Client.expect(201, client.sendJson("POST", "/machines", body, crossSite));
        crossSite[3] = OTHER;
        Client.expect(403, client.delete("/machines/of-a-page", crossSite));
        Client.expect(403, client.delete("/machines/of-a-page", "Sec-Fetch-Site", "cross-site"));
        crossSite[3] = "http://localhost:5173";
        Client.expect(204, client.delete("/machines/of-a-page", crossSite));
    }

    @Test
    void aListedPageMayOpenAWebSocketAndNoOther() {
        String machine = client.run("of-a-socket");
        assertThat(socket(machine, LISTED)).isEqualTo("open");
        assertThat(socket(machine, OTHER)).contains("403");
    }

    private String socket(String machine, String origin) {
        URI target = URI.create(server.url().replaceFirst("^http", "ws") + machine + "/ports/80/connect");
        try {
            WebSocket socket = HTTP.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + client.key().orElseThrow())
                    .header("Origin", origin)
                    .buildAsync(target, new WebSocket.Listener() {})
                    .join();
            socket.abort();
            return "open";
        } catch (CompletionException refused) {
            return refused.getCause() instanceof WebSocketHandshakeException handshake
                    ? String.valueOf(handshake.getResponse().statusCode())
                    : refused.toString();
        }
    }

    /** At the proxy each response is the guest's, and pages of other origins are no concern of this setting. */
    @Test
    void theProxyIsAsBefore() throws Exception {
        String machine = client.create("behind-the-proxy");
        URI link = URI.create(
                Client.expect(201, client.post(machine + "/ports/80/link")).field("path_url"));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + link.getAuthority() + link.getPath()))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .headers("Origin", LISTED, "Access-Control-Request-Method", "POST")
                .build();
        HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(allowedOrigin(response)).isEqualTo("none");
    }

    @Test
    void withoutTheSettingNoResponseSaysAnything() throws Exception {
        try (InProcessServer usual = InProcessServer.start(Map.of())) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(usual.url() + "/health"))
                    .header("Origin", LISTED)
                    .build();
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.headers().map().keySet())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
            assertThat(response.headers().allValues("Vary")).isEmpty();
        }
    }
}
