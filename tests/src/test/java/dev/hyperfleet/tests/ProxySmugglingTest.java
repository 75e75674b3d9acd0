package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.Proxied.Way;
import dev.hyperfleet.tests.RawConnection.Head;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests that only HTTP/2 can express, trailers, and responses of a hostile guest. */
@ExtendWith(SharedServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxySmugglingTest {
    private static final String NAME = "smuggled-to";
    private static final String PREFIX = "/proxy/smuggled-to/8080";

    /** Fields that only we may set, or that are not allowed as trailers. */
    private static final List<String> FORGED = List.of(
            "x-machine-id", "forged",
            "x-forwarded-for", "192.0.2.66",
            "x-request-id", "forged",
            "authorization", "Bearer hf_forged",
            "x-hyperfleet-key", "hf_forged",
            "cookie", "hyperfleet_link=1.forged",
            "content-length", "66",
            "transfer-encoding", "forged",
            "host", "forged",
            "if-match", "forged",
            "x-client", "said");

    private final ServerProcess server;
    private final Api api;
    private final String key;
    private String id = "";

    ProxySmugglingTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
        this.key = shared.key();
    }

    @BeforeAll
    void runTheApplication() throws IOException {
        id = WebApplication.run(api, NAME, Map.of("exposed_ports", List.of(8080)));
    }

    @AfterAll
    void removeIt() {
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    private Proxied web() {
        return Proxied.of(server, Way.PATH, NAME, key);
    }

    private int served() {
        return Proxied.seen(web().get("/seen")).get("served").asInt();
    }

    /** The content of the response to one HTTP/2 request. */
    private String byHttp2(String method, String path, String authority, String... more) {
        String[] head = {
            ":method", method, ":scheme", "http", ":authority", authority, ":path", path, "x-hyperfleet-key", key
        };
        byte[] fields = Http2Frames.fields(
                Stream.concat(Stream.of(head), Stream.of(more)).toArray(String[]::new));
        ByteArrayOutputStream frames = Http2Frames.preface();
        frames.writeBytes(
                Http2Frames.frame(Http2Frames.HEADERS, Http2Frames.END_HEADERS | Http2Frames.END_STREAM, 1, fields));
        try (RawConnection connection = web().raw()) {
            return Http2Frames.content(connection.send(frames.toByteArray()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /seen",
        "PROPFIND, /seen",
        "GET, /seen?a=%20b",
    })
    void aProperRequestOfHttp2GoesThrough(String method, String path) {
        JsonNode seen = JsonMapper.shared().readTree(byHttp2(method, PREFIX + path, "x"));
        assertThat(seen.get("method").asString()).isEqualTo(method);
        assertThat(seen.get("target").asString()).isEqualTo(path);
        assertThat(seen.get("host").asString()).isEqualTo("x");
    }

    /** In HTTP/1.1 each of these would be another request line. */
    @ParameterizedTest
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "GET /evil,/seen",
                "GET\t,/seen",
                "TRACE x,/seen",
                "G(T,/seen",
                "GÉT,/seen",
                "GET,/seen HTTP/1.1 b",
                "GET,/seen?a=b c",
                "GET,/seen\tb",
                "GET,/seen\u007f",
                "GET,/seen\u00e9",
                "GET,/seen\u0001"
            })
    void aRequestLineThatCanBeReadInTwoWaysIsRefused(String method, String path) {
        int before = served();
        String answer = byHttp2(method, PREFIX + path, "x");
        assertThat(answer)
                .satisfiesAnyOf(
                        text -> assertThat(text).contains("BAD_REQUEST"),
                        text -> assertThat(text).as("the engine resets it").isEmpty());
        assertThat(served()).isEqualTo(before + 1);
    }

    @Test
    void whatMustBeEncodedIsRefusedByHttp1Too() {
        int before = served();
        try (RawConnection connection = web().raw()) {
            String head = web().head("GET", "/seen").replace("/seen", "/s\u00c3\u00a9en");
            assertThat(connection.send(head).head().code()).isEqualTo(400);
        }
        assertThat(served()).isEqualTo(before + 1);
    }

    @Test
    void aHostBesidesTheAuthorityIsRefusedUnlessItIsTheSame() {
        String authority = "8080-" + NAME + ".localhost";
        assertThat(byHttp2("GET", "/seen", authority, "host", authority)).contains("\"served\"");
        int before = served();
        assertThat(byHttp2("GET", "/seen", authority, "host", "8080-other.localhost"))
                .doesNotContain("\"served\"");
        assertThat(served()).isEqualTo(before + 1);
    }

    private static void assertNothingForged(JsonNode seen) {
        assertThat(seen.get("trailers").properties())
                .filteredOn(trailer -> !trailer.getValue().isNull()) // announced but not sent
                .extracting(Map.Entry::getKey)
                .containsExactly("X-Client");
        assertThat(seen.toString()).doesNotContain("hf_forged").doesNotContain("1.forged");
    }

    /** Go's server keeps only announced trailers. */
    private static String announced() {
        return "x-machine-id, x-forwarded-for, x-request-id, authorization, x-hyperfleet-key, cookie, if-match, x-client";
    }

    @Test
    void trailersOfHttp1SayNothingThatHeadersMayNot() {
        StringBuilder trailers = new StringBuilder();
        for (int index = 0; index < FORGED.size(); index += 2) {
            trailers.append(FORGED.get(index))
                    .append(": ")
                    .append(FORGED.get(index + 1))
                    .append("\r\n");
        }
        try (RawConnection connection = web().raw()) {
            connection.send(web().head("POST", "/seen", "Transfer-Encoding: chunked", "Trailer: " + announced()));
            connection.send("5\r\nhello\r\n0\r\n" + trailers + "\r\n");
            Head head = connection.head();
            assertThat(head.code()).isEqualTo(200);
            byte[] body = connection.read(Integer.parseInt(head.header("Content-Length")));
            assertNothingForged(JsonMapper.shared().readTree(body));
        }
    }

    @Test
    void norDoThoseOfHttp2() {
        ByteArrayOutputStream frames = Http2Frames.preface();
        byte[] head = Http2Frames.fields(
                ":method",
                "POST",
                ":scheme",
                "http",
                ":path",
                PREFIX + "/seen",
                ":authority",
                "x",
                "x-hyperfleet-key",
                key,
                "trailer",
                announced());
        List<String> allowed = FORGED.stream().toList();
        int framing = allowed.indexOf("transfer-encoding"); // HTTP/2 itself refuses it
        byte[] trailers = Http2Frames.fields(Stream.concat(
                        allowed.subList(0, framing).stream(), allowed.subList(framing + 2, allowed.size()).stream())
                .toArray(String[]::new));
        frames.writeBytes(Http2Frames.frame(Http2Frames.HEADERS, Http2Frames.END_HEADERS, 1, head));
        frames.writeBytes(Http2Frames.frame(Http2Frames.DATA, 0, 1, Proxied.ascii("hello")));
        frames.writeBytes(
                Http2Frames.frame(Http2Frames.HEADERS, Http2Frames.END_HEADERS | Http2Frames.END_STREAM, 1, trailers));
        try (RawConnection connection = web().raw()) {
            String content = Http2Frames.content(connection.send(frames.toByteArray()));
            assertNothingForged(JsonMapper.shared().readTree(content));
        }
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n";
    }

    private static String answering(String answer) {
        return "/raw?answer=" + URLEncoder.encode(answer, StandardCharsets.UTF_8);
    }

    @Test
    void aGuestsTrailersDoNotControlItsResponseAfterwards() {
        String answer = lines(
                "HTTP/1.1 200 OK",
                "Transfer-Encoding: chunked",
                "Connection: close",
                "",
                "2",
                "ok",
                "0",
                "X-Sum: 1",
                "Set-Cookie: a=b",
                "Content-Length: 66",
                "Location: /",
                "Connection: close",
                "");
        try (RawConnection connection = web().raw()) {
            connection.send(web().head("GET", answering(answer), "Connection: close"));
            assertThat(connection.head().code()).isEqualTo(200);
            assertThat(connection.rest()).isEqualTo("2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n");
        }
    }

    @Test
    void aGuestSetsNeitherALinksCookieNorARequestsId() {
        String answer = lines(
                "HTTP/1.1 204 No Content",
                "Set-Cookie: hyperfleet_link=; Path=/proxy/other/8080/; Max-Age=0",
                "Set-Cookie: own=1",
                "X-Request-Id: forged",
                "Connection: close",
                "");
        try (RawConnection connection = web().raw()) {
            Head head = connection
                    .send(web().head("GET", answering(answer), "X-Request-Id: mine"))
                    .head();
            assertThat(head.code()).isEqualTo(204);
            assertThat(head.headers())
                    .filteredOn(line -> line.startsWith("Set-Cookie"))
                    .containsExactly("Set-Cookie: own=1");
            assertThat(head.headers())
                    .filteredOn(line -> line.startsWith("X-Request-Id"))
                    .containsExactly("X-Request-Id: mine");
        }
    }

    /**
     * A connection that the guest takes over may be one on which a proxy in front of us sends other clients' requests.
     */
    @ParameterizedTest
    @ValueSource(strings = {"", "Upgrade: x\r\nConnection: Upgrade\r\n"})
    void aGuestThatSwitchesProtocolsUnaskedGetsNothingMoreOfTheConnection(String fields) {
        String switched = answering("HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n");
        try (RawConnection connection = web().raw()) {
            Head head = connection.send(web().head("GET", switched)).head();
            assertThat(head.code()).isEqualTo(502);
            connection.read(Integer.parseInt(head.header("Content-Length")));
            assertThat(connection
                            .send(web().head("GET", "/status?code=204"))
                            .head()
                            .code())
                    .isEqualTo(204);
        }
    }

    @Test
    void norDoesItByHttp2() {
        String switched = answering("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        assertThat(byHttp2("GET", PREFIX + switched, "x")).contains("GUEST_ERROR");
        assertThat(byHttp2("GET", PREFIX + "/seen", "x")).contains("\"served\"");
    }
}
