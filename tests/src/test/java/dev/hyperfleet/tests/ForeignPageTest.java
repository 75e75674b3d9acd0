package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.Proxied.Way;
import dev.hyperfleet.tests.RawConnection.Head;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests from pages of other machines, to which a visitor's browser adds the cookie of a link. */
@ExtendWith(SharedServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignPageTest {
    private static final String NAME = "visited";
    private static final List<String> HANDSHAKE = List.of(
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");

    private final ServerProcess server;
    private final Api api;
    private final String key;
    private String id = "";
    private String token = "";

    ForeignPageTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
        this.key = shared.key();
    }

    @BeforeAll
    void runTheApplication() throws IOException {
        id = WebApplication.run(api, NAME, Map.of("exposed_ports", List.of(8080)));
        token = api.post("/machines/%s/ports/8080/link".formatted(id), Map.of()).field("token");
    }

    @AfterAll
    void removeIt() {
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    private Proxied visitor(Way way) {
        return Proxied.of(server, way, NAME, "");
    }

    private String cookie() {
        return "hyperfleet_link=" + token;
    }

    private int served() {
        return Proxied.seen(Proxied.of(server, Way.HOST, NAME, key).get("/seen"))
                .get("served")
                .asInt();
    }

    private static String evil(Proxied visitor) {
        return "http://" + visitor.host().replace(NAME, "evil").replace("127.0.0.1", "127.0.0.2");
    }

    private static String own(Proxied visitor) {
        return "http://" + visitor.host();
    }

    private HttpRequest.Builder withCookie(Proxied visitor, String path) {
        return visitor.request(path).header("Cookie", cookie());
    }

    private Head handshake(Proxied visitor, String... headers) {
        List<String> all = new ArrayList<>(HANDSHAKE);
        all.addAll(List.of(headers));
        try (RawConnection connection = visitor.raw()) {
            return connection
                    .send(visitor.head("GET", "/socket", all.toArray(String[]::new)))
                    .head();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, PATH, HTTP_1_1",
        "POST, HOST, HTTP_1_1",
        "POST, HOST, HTTP_2",
        "DELETE, HOST, HTTP_1_1",
        "PUT, HOST, HTTP_2",
        "OPTIONS, HOST, HTTP_1_1",
        "PROPFIND, HOST, HTTP_1_1"
    })
    void theyChangeNothing(String method, Way way, Version version) {
        Proxied visitor = visitor(way).by(version);
        int before = served();
        HttpResponse<String> refused = visitor.send(
                withCookie(visitor, "/seen")
                        .header("Origin", evil(visitor))
                        .method(method, BodyPublishers.ofString("evil")),
                BodyHandlers.ofString());
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body()).contains("FORBIDDEN", evil(visitor), "X-Hyperfleet-Key", "request_id");
        HttpResponse<String> silent = visitor.send(
                withCookie(visitor, "/seen").method(method, BodyPublishers.ofString("evil")), BodyHandlers.ofString());
        assertThat(silent.statusCode()).as("every browser names the page").isEqualTo(403);
        assertThat(served()).isEqualTo(before + 1);
        HttpResponse<String> own = visitor.send(
                withCookie(visitor, "/seen")
                        .header("Origin", own(visitor))
                        .method(method, BodyPublishers.ofString("mine")),
                BodyHandlers.ofString());
        assertThat(own.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void theyOpenNoWebSocket(Way way) {
        Proxied visitor = visitor(way);
        String cookie = "Cookie: " + cookie();
        String ours = "Origin: " + own(visitor);
        assertThat(handshake(visitor, cookie, "Origin: " + evil(visitor)).code())
                .isEqualTo(403);
        assertThat(handshake(visitor, cookie, "Origin: null").code()).isEqualTo(403);
        assertThat(handshake(visitor, cookie).code()).isEqualTo(403);
        assertThat(handshake(visitor, cookie, ours, "Sec-Fetch-Site: same-site").code())
                .isEqualTo(403);
        assertThat(handshake(visitor, cookie, ours).code()).isEqualTo(101);
        assertThat(handshake(visitor, cookie, ours, "Sec-Fetch-Site: same-origin")
                        .code())
                .isEqualTo(101);
    }

    /** A client that sends a key or a link's token acts intentionally: no browser adds these. */
    @Test
    void aKeyOrALinkIsGoodWhateverPageSendsIt() {
        Proxied visitor = visitor(Way.HOST);
        String evil = "Origin: " + evil(visitor);
        assertThat(handshake(visitor.withKey(key), evil).code()).isEqualTo(101);
        HttpResponse<String> byLink = visitor.send(
                visitor.request("/seen?hyperfleet_link=" + token)
                        .header("Origin", evil(visitor))
                        .POST(BodyPublishers.noBody()),
                BodyHandlers.ofString());
        assertThat(byLink.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"same-site", "cross-site", "none"})
    void theyMayLeadAVisitorThere(String relation) {
        Proxied visitor = visitor(Way.HOST);
        HttpResponse<String> page =
                visitor.send(withCookie(visitor, "/").header("Sec-Fetch-Site", relation), BodyHandlers.ofString());
        assertThat(page.statusCode()).isEqualTo(200);
    }

    /** A page of another host may set cookies for all hosts of their common domain. */
    @Test
    void cookiesOfTheSameNameThatAnotherMachineHasSetKeepNobodyOut() {
        Proxied visitor = visitor(Way.HOST);
        String tossed = "hyperfleet_link=evil; hyperfleet_link=; hyperfleet_link";
        try (RawConnection connection = visitor.raw()) {
            Head head = connection
                    .send(visitor.head("GET", "/seen", "Cookie: a=1; %s; %s; %s".formatted(tossed, cookie(), tossed)))
                    .head();
            assertThat(head.code()).isEqualTo(200);
            byte[] body = connection.read(Integer.parseInt(head.header("Content-Length")));
            assertThat(new String(body, StandardCharsets.UTF_8))
                    .contains("\"Cookie\":[\"a=1\"]")
                    .doesNotContain("hyperfleet_link");
        }
    }
}
