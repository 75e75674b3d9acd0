package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.Proxied.Way;
import dev.hyperfleet.tests.RawConnection.Head;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that try to be ambiguous, to reach another target, or to exhaust the proxy. */
@ExtendWith(SharedServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@MeasuresTime
class ProxyAttackTest {
    private static final String NAME = "target";

    private final ServerProcess server;
    private final Api api;
    private final String key;
    private String id = "";

    ProxyAttackTest(Shared shared) {
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

    /** The text after the request line and a valid Host; "SMUGGLED" is a second request, in the body of the first. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nSMUGGLED",
                "Content-Length: 0\r\nContent-Length: 60\r\n\r\nSMUGGLED",
                "Content-Length: 0, 60\r\n\r\nSMUGGLED",
                "Content-Length: +0\r\n\r\nSMUGGLED",
                "Content-Length: 0x10\r\n\r\nSMUGGLED",
                "Content-Length: -1\r\n\r\nSMUGGLED",
                "Content-Length: 99999999999999999999\r\n\r\nSMUGGLED",
                "Content-Length : 0\r\n\r\nSMUGGLED",
                "Content-Length: 60\r\n Transfer-Encoding: chunked\r\n\r\nSMUGGLED",
                "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: identity\r\n\r\nSMUGGLED",
                "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\nSMUGGLED",
                "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\nSMUGGLED",
                "Transfer-Encoding: chunked\r\n\r\n-1\r\nSMUGGLED",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\nSMUGGLED",
                "X: a\rContent-Length: 60\r\n\r\nSMUGGLED",
                "X: a\u0000b\r\n\r\nSMUGGLED",
                "X\u0000: b\r\n\r\nSMUGGLED",
                " X: folded\r\n\r\nSMUGGLED",
                ": nameless\r\n\r\nSMUGGLED",
                "no colon\r\n\r\nSMUGGLED"
            })
    void aRequestThatCanBeReadInTwoWaysIsRefusedAndNothingOfItIsServed(String rest) {
        int before = served();
        String smuggled =
                "GET /proxy/target/8080/status?code=299 HTTP/1.1\r\nHost: x\r\nX-Hyperfleet-Key: " + key + "\r\n\r\n";
        try (RawConnection connection = web().raw()) {
            String head = web().head("POST", "/hash");
            try {
                connection
                        .send(head.substring(0, head.length() - 2) + rest.replace("SMUGGLED", smuggled))
                        .end();
            } catch (UncheckedIOException refusedWhileSending) {
                // that is a refusal, too
            }
            Head answer = connection.head();
            assertThat(answer.code()).isIn(0, 400, 408, 413, 431, 501, 502);
            assertThat(connection.rest()).doesNotContain(" 299 ");
        }
        assertThat(served())
                .as("the first request may have arrived, the hidden one has not")
                .isBetween(before + 1, before + 2);
    }

    /** The engine caches earlier headers of a connection. */
    @Test
    void aHeaderIsTakenAsItIsWhateverItsConnectionHasCarriedBefore() {
        try (RawConnection connection = web().raw()) {
            for (String value : List.of("yes", "YES", "yeS", "yes")) {
                Head answer = connection
                        .send(web().head("GET", "/seen", "X-Mine: " + value))
                        .head();
                byte[] body = connection.read(Integer.parseInt(answer.header("Content-Length")));
                assertThat(new String(body, StandardCharsets.UTF_8)).contains("\"X-Mine\":[\"" + value + "\"]");
            }
            String inOtherLetters = web().withKey(key.toUpperCase(Locale.ROOT)).head("GET", "/seen");
            assertThat(connection.send(inOtherLetters).head().code()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /proxy/target/8080/../../target/22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/8080/..%2f..%2ftarget/22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/8080/;/../22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/8080//127.0.0.1:22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/8080/?url=http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254"
            })
    void aPathStaysInItsPort(String request) {
        try (RawConnection connection = web().raw()) {
            connection.send(request + "\r\nX-Hyperfleet-Key: " + key + "\r\nConnection: close\r\n\r\n");
            Head answer = connection.head();
            assertThat(answer.header("Date"))
                    .as("the application itself has answered")
                    .isNotEmpty();
            assertThat(answer.code()).isIn(200, 301, 307, 404);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /proxy/target/22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/08080/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/8080@22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/8080:22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/65616/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/+8080/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target/%38080/ HTTP/1.1\r\nHost: x",
                "GET /proxy/target%2f8080/ HTTP/1.1\r\nHost: x",
                "GET /proxy/127.0.0.1/22/ HTTP/1.1\r\nHost: x",
                "GET /proxy/../proxy/target/22/ HTTP/1.1\r\nHost: x",
                "GET //proxy/target/22/ HTTP/1.1\r\nHost: x",
                "GET / HTTP/1.1\r\nHost: 22-target.localhost",
                "GET / HTTP/1.1\r\nHost: 8080-target.localhost.evil.example",
                "GET / HTTP/1.1\r\nHost: 8080-target.localhost@evil.example",
                "GET / HTTP/1.1\r\nHost: 22-target.localhost\r\nHost: 8080-target.localhost",
                "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Host: 8080-target.localhost",
                "GET http://8080-target.localhost/ HTTP/1.1\r\nHost: 22-target.localhost",
                "GET http://22-target.localhost/ HTTP/1.1\r\nHost: 8080-target.localhost",
                "GET http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254",
                "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22",
                "OPTIONS * HTTP/1.1\r\nHost: x",
                "GET /seen HTTP/1.1",
                "TRACE /proxy/target/8080/ HTTP/1.1\r\nHost: x"
            })
    void noRequestLeadsToAnotherPort(String request) {
        int before = served();
        try (RawConnection connection = web().raw()) {
            connection.send(request + "\r\nX-Hyperfleet-Key: " + key + "\r\nConnection: close\r\n\r\n");
            assertThat(connection.head().code()).isIn(400, 403, 404, 405);
        }
        assertThat(served()).isEqualTo(before + 1);
    }

    @Test
    void aHeadWithoutEndIsRefusedWhenItIsTooLarge() {
        try (RawConnection connection = web().raw()) {
            connection.send("GET /proxy/target/8080/ HTTP/1.1\r\nHost: x\r\nX: ");
            byte[] block = new byte[8 << 10];
            Arrays.fill(block, (byte) 'a');
            int sent = 0;
            try {
                for (; sent < 1000; sent++) {
                    connection.send(block);
                }
            } catch (UncheckedIOException closed) {
                // as expected
            }
            assertThat(sent).isLessThan(1000);
        }
    }

    @Test
    void soIsOneOfManySmallFields() {
        try (RawConnection connection = web().raw()) {
            connection.send("GET /proxy/target/8080/ HTTP/1.1\r\nHost: x\r\n");
            byte[] block = Proxied.ascii("X: y\r\n".repeat(1000));
            int sent = 0;
            try {
                for (; sent < 2000; sent++) {
                    connection.send(block);
                }
            } catch (UncheckedIOException closed) {
                // as expected
            }
            assertThat(sent).isLessThan(2000);
        }
    }

    @Test
    void aHeadThatComesDropByDropIsGivenUp() throws Exception {
        long began = System.nanoTime();
        try (RawConnection connection = web().raw()) {
            connection.send("GET /proxy/target/8080/ HTTP/1.1\r\nHost: x\r\n");
            Thread drip = Thread.ofVirtual().start(() -> drip(connection));
            assertThat(connection.read()).as("the connection is closed").isEqualTo(-1);
            drip.join();
        }
        assertThat((System.nanoTime() - began) / 1_000_000_000).isBetween(5L, 30L);
    }

    /** A byte each half second makes it slow: there is no event to wait for. */
    private static void drip(RawConnection connection) {
        try {
            for (int drop = 0; drop < 100; drop++) {
                connection.send("X-" + drop + ": y\r\n");
                Thread.sleep(500);
            }
        } catch (UncheckedIOException closed) {
            // as expected
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void twoThousandSlowConnectionsLeaveOthersTheirTime() {
        long before = p99();
        List<RawConnection> slow = new ArrayList<>();
        try {
            for (int number = 0; number < 2000; number++) {
                RawConnection connection =
                        RawConnection.open(URI.create(server.proxy).getPort(), "127.0.0." + (2 + number % 4));
                slow.add(connection);
                connection.send("GET /proxy/target/8080/ HTTP/1.1\r\nHost: x\r\nX-Slow: ");
            }
            long during = p99();
            assertThat(during).as("before: %d us", before).isLessThanOrEqualTo(2 * before + 20_000);
        } finally {
            slow.forEach(RawConnection::close);
        }
    }

    /** Of 200 requests, in microseconds. */
    private long p99() {
        long[] times = new long[200];
        for (int number = 0; number < times.length; number++) {
            long began = System.nanoTime();
            assertThat(web().get("/status?code=204").statusCode()).isEqualTo(204);
            times[number] = (System.nanoTime() - began) / 1000;
        }
        Arrays.sort(times);
        return times[197];
    }

    @Test
    void oneClientHasSoManyConnectionsAndNoMore() {
        List<RawConnection> all = new ArrayList<>();
        try {
            for (int number = 0; number < 1000; number++) {
                all.add(RawConnection.open(URI.create(server.proxy).getPort(), "127.0.0.9"));
            }
            RawConnection last = all.getLast().send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(last.head().code()).as("all of these are accepted").isEqualTo(404);
            RawConnection more = RawConnection.open(URI.create(server.proxy).getPort(), "127.0.0.9");
            all.add(more);
            assertThat(more.read()).as("closed at once").isEqualTo(-1);
            assertThat(web().get("/seen").statusCode()).as("another client").isEqualTo(200);
        } finally {
            all.forEach(RawConnection::close);
        }
    }

    @Test
    void streamsThatAreResetAtOnceEndTheirConnection() {
        ByteArrayOutputStream frames = Http2Frames.preface();
        for (int stream = 1; stream < 20_000; stream += 2) {
            frames.writeBytes(Http2Frames.frame(1, 5, stream, requestBlock()));
            frames.writeBytes(Http2Frames.frame(3, 0, stream, new byte[] {0, 0, 0, 8}));
        }
        assertThat(isEnded(frames.toByteArray())).as("with GOAWAY, or silently").isTrue();
        assertThat(web().get("/seen").statusCode()).isEqualTo(200);
    }

    @Test
    void headersThatGoOnForEverEndTheirConnection() {
        ByteArrayOutputStream frames = Http2Frames.preface();
        frames.writeBytes(Http2Frames.frame(1, 0, 1, requestBlock()));
        byte[] field = new byte[16_000];
        Arrays.fill(field, (byte) 'a');
        field[0] = 0x40; // a literal field, with a name of one letter
        field[1] = 1;
        field[3] = 127; // and a value that continues
        for (int number = 0; number < 2_000; number++) {
            frames.writeBytes(Http2Frames.frame(9, 0, 1, field));
        }
        assertThat(isEnded(frames.toByteArray())).isTrue();
        assertThat(web().get("/seen").statusCode()).isEqualTo(200);
    }

    private boolean isEnded(byte[] frames) {
        try (RawConnection connection = web().raw()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    connection.send(frames);
                } catch (UncheckedIOException closed) {
                    // the expected end
                }
            });
            connection.rest(); // until the server closes
            sender.join();
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private byte[] requestBlock() {
        byte[] path = Proxied.ascii("/proxy/target/8080/slow?ms=10000");
        ByteBuffer block = ByteBuffer.allocate(100);
        block.put((byte) 0x82)
                .put((byte) 0x86)
                .put((byte) 0x04)
                .put((byte) path.length)
                .put(path);
        block.put((byte) 0x01).put((byte) 1).put((byte) 'x'); // :authority
        return Arrays.copyOf(block.array(), block.position());
    }
}
