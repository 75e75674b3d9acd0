package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Proxied.Way;
import dev.hyperfleet.tests.RawConnection.Head;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** A real web application in a machine, through the proxy, by path and by host. */
@ExtendWith(SharedServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyTest {
    private static final String NAME = "web";
    private static final int MIB = 1 << 20;

    /**
     * Under emulation, a GiB takes five minutes, so it needs HYPERFLEET_TEST_LONG_TESTS=1. The test host is emulated
     * twice.
     */
    private static final int LARGE_MIB =
            System.getenv("HYPERFLEET_TEST_LONG_TESTS") != null ? 1024 : System.getenv("TESTHOST") == null ? 48 : 4;

    private final ServerProcess server;
    private final Api api;
    private final String key;
    private String id = "";

    ProxyTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
        this.key = shared.key();
    }

    @BeforeAll
    void runTheApplication() throws IOException {
        id = WebApplication.run(api, NAME, Map.of());
    }

    @AfterAll
    void removeIt() {
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    private Proxied by(Way way) {
        return Proxied.of(server, way, NAME, key);
    }

    @ParameterizedTest
    @EnumSource
    void aRequestReachesTheApplicationAsItIsAndSaysWhereItComesFrom(Way way) {
        JsonNode seen = Proxied.seen(by(way).send(
                        by(way).request("/seen?a=1&b=%2F")
                                .header("X-Forwarded-For", "6.6.6.6")
                                .header("X-Mine", "yes")
                                .POST(BodyPublishers.ofString("a body")),
                        BodyHandlers.ofString()));
        assertThat(seen.get("method").asString()).isEqualTo("POST");
        assertThat(seen.get("target").asString()).isEqualTo("/seen?a=1&b=%2F");
        assertThat(seen.get("body").asString()).isEqualTo("a body");
        assertThat(seen.get("host").asString()).isEqualTo(by(way).host());
        JsonNode headers = seen.get("headers");
        assertThat(headers.get("X-Mine").get(0).asString()).isEqualTo("yes");
        assertThat(headers.get("X-Forwarded-For")).hasSize(1);
        assertThat(headers.get("X-Forwarded-For").get(0).asString()).isEqualTo("127.0.0.1");
        assertThat(headers.get("X-Forwarded-Proto").get(0).asString()).isEqualTo("http");
        assertThat(headers.get("X-Forwarded-Host").get(0).asString()).isEqualTo(by(way).host());
        assertThat(headers.get("Forwarded").get(0).asString()).startsWith("for=\"127.0.0.1\";");
        assertThat(headers.get("X-Machine-Id").get(0).asString()).isEqualTo(id);
        assertThat(headers.has("X-Forwarded-Prefix")).isEqualTo(way == Way.PATH);
        assertThat(headers.has("X-Hyperfleet-Key")).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void aThousandRequestsOneAfterTheOtherAndTwoHundredAtOnceAreAllAnswered(Way way) {
        for (int number = 0; number < 1000; number++) {
            assertThat(by(way).get("/status?code=204").statusCode()).isEqualTo(204);
        }
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int number = 0; number < 200; number++) {
            all.add(by(way).begin("/slow?ms=100"));
        }
        assertThat(all).allSatisfy(answer -> assertThat(answer.join().body()).isEqualTo("at last"));
    }

    @ParameterizedTest
    @EnumSource
    void largeBodiesArriveWholeBothWays(Way way) throws Exception {
        long size = (long) LARGE_MIB * MIB;
        MessageDigest sum = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[MIB];
        for (int number = 0; number < LARGE_MIB; number++) {
            block[0] = (byte) (number + 1);
            sum.update(block);
        }
        String expected = HexFormat.of().formatHex(sum.digest());
        HttpResponse<InputStream> down = by(way).stream("/bytes?n=" + size);
        MessageDigest received = MessageDigest.getInstance("SHA-256");
        try (InputStream body = down.body()) {
            for (int count = body.read(block); count >= 0; count = body.read(block)) {
                received.update(block, 0, count);
            }
        }
        assertThat(down.headers().firstValueAsLong("Content-Length")).hasValue(size);
        assertThat(HexFormat.of().formatHex(received.digest())).isEqualTo(expected);
        HttpResponse<String> up = by(way).post("/hash", BodyPublishers.ofInputStream(() -> new Blocks(LARGE_MIB)));
        assertThat(up.body()).isEqualTo("%d %s\n".formatted(size, expected));
        assertThat(server.peakMemoryMib()).isLessThan(600);
    }

    /** Blocks of a MiB, all zero except the number in the first byte. */
    private static final class Blocks extends InputStream {
        private final long end;
        private long at;

        Blocks(int count) {
            this.end = (long) count * MIB;
        }

        @Override
        public int read() {
            if (at == end) {
                return -1;
            }
            int value = at % MIB == 0 ? (byte) (at / MIB + 1) & 255 : 0;
            at++;
            return value;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (at == end) {
                return -1;
            }
            int count = (int) Math.min(Math.min(length, MIB - at % MIB), end - at);
            java.util.Arrays.fill(into, offset, offset + count, (byte) 0);
            if (at % MIB == 0) {
                into[offset] = (byte) (at / MIB + 1);
            }
            at += count;
            return count;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWebSocketGoesThrough(Way way) {
        try (EchoSocket socket = EchoSocket.open(by(way), "/socket")) {
            for (int number = 0; number < 300; number++) {
                assertThat(socket.echo("message " + number)).isEqualTo("message " + number);
            }
            String large = "x".repeat(10_000);
            assertThat(socket.echo(large)).isEqualTo(large);
            assertThat(api.heldAwakeBy(id)).contains("connections");
        }
    }

    @ParameterizedTest
    @EnumSource
    void serverSentEventsComeWhenTheyAreSent(Way way) throws IOException {
        HttpResponse<InputStream> events = by(way).stream("/events?n=3&ms=400");
        long began = System.nanoTime();
        try (InputStream body = events.body()) {
            assertThat(new String(body.readNBytes(9), StandardCharsets.US_ASCII))
                    .isEqualTo("data: 0\n\n");
            long first = System.nanoTime() - began;
            assertThat(api.heldAwakeBy(id)).contains("requests");
            assertThat(new String(body.readAllBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo("data: 1\n\ndata: 2\n\n");
            assertThat(System.nanoTime() - began - first).isGreaterThan(400_000_000L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void chunksAndTrailersGoBothWays(Way way) throws Exception {
        try (RawConnection connection = by(way).raw()) {
            connection.send(by(way).head("POST", "/trailer", "Transfer-Encoding: chunked", "Trailer: X-Client"));
            connection.send("5\r\nhello\r\n").send("0\r\nX-Client: said\r\n\r\n");
            Head head = connection.head();
            assertThat(head.code()).isEqualTo(200);
            assertThat(head.header("Transfer-Encoding")).isEqualTo("chunked");
            String body = "the client's: said";
            assertThat(connection.line()).isEqualToIgnoringCase(Integer.toHexString(body.length()));
            assertThat(connection.line()).isEqualTo(body);
            assertThat(connection.line()).isEqualTo("0");
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(Proxied.ascii("hello"));
            assertThat(connection.line()).isEqualTo("X-Sum: " + HexFormat.of().formatHex(sum));
        }
    }

    @ParameterizedTest
    @EnumSource
    void bothSidesMayTalkAtOnce(Way way) {
        try (RawConnection connection = by(way).raw()) {
            connection.send(by(way).head("POST", "/echo", "Transfer-Encoding: chunked"));
            connection.send("5\r\nfirst\r\n");
            assertThat(connection.head().code()).isEqualTo(200);
            assertThat(new String(connection.read(8), StandardCharsets.US_ASCII))
                    .isEqualTo("5\r\nfirst");
            connection.send("6\r\nsecond\r\n");
            assertThat(new String(connection.read(11), StandardCharsets.US_ASCII))
                    .isEqualTo("\r\n6\r\nsecond");
            connection.send("0\r\n\r\n");
            assertThat(new String(connection.read(5), StandardCharsets.US_ASCII))
                    .isEqualTo("\r\n0\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void http2IsSpokenTooAndItsBodiesNeedNoLength(Way way) {
        Proxied second = by(way).by(Version.HTTP_2);
        HttpResponse<String> first = second.get("/seen");
        assertThat(first.version()).isEqualTo(Version.HTTP_2);
        HttpRequest.BodyPublisher unknown = BodyPublishers.ofInputStream(() -> new Blocks(2));
        HttpResponse<String> hash = second.post("/hash", unknown);
        assertThat(hash.version()).isEqualTo(Version.HTTP_2);
        assertThat(hash.body()).startsWith("2097152 ");
        assertThat(Proxied.seen(second.post("/seen", BodyPublishers.ofString("text")))
                        .get("length")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void aBodyThatIsAskedForComesWhenTheApplicationWantsIt() {
        Proxied web = by(Way.PATH);
        try (RawConnection connection = web.raw()) {
            connection.send(web.head("POST", "/seen", "Content-Length: 5", "Expect: 100-continue"));
            assertThat(connection.head().status()).isEqualTo("HTTP/1.1 100 Continue");
            connection.send("later");
            Head head = connection.head();
            assertThat(head.code()).isEqualTo(200);
            assertThat(new String(
                            connection.read(Integer.parseInt(head.header("Content-Length"))), StandardCharsets.UTF_8))
                    .contains("\"body\":\"later\"");
        }
        try (RawConnection connection = web.raw()) {
            connection.send(web.head("POST", "/early", "Content-Length: 1000000", "Expect: 100-continue"));
            assertThat(connection.head().code()).as("refused without the body").isEqualTo(413);
        }
    }

    @Test
    void earlyHintsHeadsAndEmptyAnswersAreWhatTheyAre() {
        Proxied web = by(Way.PATH);
        try (RawConnection connection = web.raw()) {
            connection.send(web.head("GET", "/hints"));
            Head hints = connection.head();
            assertThat(hints.code()).isEqualTo(103);
            assertThat(hints.header("Link")).isEqualTo("</style.css>; rel=preload");
            assertThat(connection.head().code()).isEqualTo(200);
            assertThat(new String(connection.read(15), StandardCharsets.US_ASCII))
                    .isEqualTo("after the hints");
            connection.send(web.head("HEAD", "/bytes?n=12345"));
            assertThat(connection.head().header("Content-Length")).isEqualTo("12345");
            connection.send(web.head("GET", "/status?code=304"));
            assertThat(connection.head().code()).isEqualTo(304);
            connection.send(web.head("GET", "/status?code=204"));
            assertThat(connection.head().code()).isEqualTo(204);
        }
    }

    @Test
    void aClientThatHasSaidAllMayStillListen() {
        Proxied web = by(Way.PATH);
        try (RawConnection connection = web.raw()) {
            connection
                    .send(web.head("GET", "/slow?ms=300", "Connection: close"))
                    .end();
            assertThat(connection.head().code()).isEqualTo(200);
            assertThat(connection.rest()).isEqualTo("at last");
        }
    }

    @Test
    void portsAreExposedAndHiddenWhileTheMachineRuns() {
        Proxied web = by(Way.PATH);
        assertThat(api.request("PATCH", "/machines/" + id, Map.of("exposed_ports", List.of(8081)))
                        .status())
                .isEqualTo(200);
        assertThat(web.get("/seen").statusCode()).isEqualTo(403);
        Response both = api.request("PATCH", "/machines/" + id, Map.of("exposed_ports", List.of(8080, 8081, 9000)));
        assertThat(both.json().get("exposed_ports")).hasSize(3);
        assertThat(web.get("/seen").statusCode()).isEqualTo(200);
        assertThat(api.request("PATCH", "/machines/" + id, Map.of("public_ports", List.of(22)))
                        .message())
                .isEqualTo("public_ports must be among exposed_ports");
        assertThat(api.request("PATCH", "/machines/" + id, Map.of("name", "other"))
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @EnumSource
    void whatCannotBeReachedIsSaidForPeopleAndForPrograms(Way way) {
        Proxied web = by(way);
        assertError(web.at(9000).get("/"), 502, "PORT_CLOSED", "Nothing listens on port 9000 of machine '");
        assertError(web.at(22).get("/"), 403, "FORBIDDEN", "is not exposed");
        Proxied nobody = new Proxied(server.proxy, way, "nobody", 80, web.key(), web.version());
        assertError(nobody.get("/"), 404, "NOT_FOUND", "nobody");
        HttpResponse<String> page =
                web.at(22).send(web.at(22).request("/").header("Accept", "text/html"), BodyHandlers.ofString());
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
        assertThat(page.body())
                .contains("Forbidden", page.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void aMachineThatDoesNotRunIsUnavailable() {
        String stopped = api.post(
                        "/machines",
                        Map.of("name", "never", "vcpu_count", 1, "mem_size_mib", 256, "exposed_ports", List.of(80)))
                .field("id");
        Proxied port =
                new Proxied(server.proxy, Way.PATH, stopped, 80, by(Way.PATH).key(), Version.HTTP_1_1);
        assertError(port.get("/"), 503, "UNAVAILABLE", "Machine 'never' is not running, it is pending");
        assertThat(api.delete("/machines/" + stopped).status()).isEqualTo(204);
    }

    private static void assertError(HttpResponse<String> answer, int status, String code, String message) {
        JsonNode error = Proxied.seen(answer).get("error");
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(error.get("code").asString()).isEqualTo(code);
        assertThat(error.get("message").asString()).contains(message);
        assertThat(error.get("request_id").asString())
                .isEqualTo(answer.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void bytesOfAnyKindGoByAWebSocketToAPort() {
        try (Tcp connection = Tcp.open(server, key, id, WebApplication.ECHO_PORT)) {
            byte[] bytes = new byte[300_000];
            new java.util.Random(7).nextBytes(bytes);
            connection.send(bytes);
            assertThat(connection.read(bytes.length)).isEqualTo(bytes);
            connection.end();
            assertThat(connection.awaitEnd()).isTrue();
        }
        assertThat(api.get("/machines/%s/ports/%d/connect".formatted(id, WebApplication.ECHO_PORT))
                        .status())
                .isEqualTo(426);
        assertThat(api.get("/machines/%s/ports/0/connect".formatted(id)).status())
                .isEqualTo(404);
    }

    @Test
    void theCommandForwardsAPortOfThisComputer() throws Exception {
        try (ForwardedPort port =
                ForwardedPort.open(server.state, Cli.settings(server, key), NAME, WebApplication.ECHO_PORT)) {
            assertThat(port.said).endsWith(" forwards to web:" + WebApplication.ECHO_PORT);
            try (RawConnection connection = port.connect()) {
                connection.send("over and back").end();
                assertThat(connection.rest()).isEqualTo("over and back");
            }
        }
    }
}
