package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a web page can do through a visitor's browser that can reach the API. */
@ExtendWith(SharedServer.class)
class BrowserTest {
    private static final String UPGRADE =
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    private static final String BODY = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

    private final Shared shared;

    @TempDir
    Path state;

    BrowserTest(Shared shared) {
        this.shared = shared;
    }

    private static int status(int port, String line, String host, String rest) {
        try (RawConnection connection = RawConnection.open(port)) {
            return connection
                    .send("%s HTTP/1.1\r\nHost: %s\r\n%s".formatted(line, host, rest))
                    .head()
                    .code();
        }
    }

    @Test
    void whereNoKeysAreCheckedAnotherHostIsRefused() throws IOException {
        try (ServerProcess server = ServerProcess.start(state)) {
            int port = URI.create(server.url).getPort();
            for (String host : List.of(
                    "localhost", "localhost:" + port, "LOCALHOST", "127.0.0.1:" + port, "127.0.0.1", "[::1]:8080")) {
                assertThat(status(port, "GET /machines", host, "\r\n")).as(host).isEqualTo(200);
                assertThat(status(port, "POST /machines", host, BODY)).as(host).isEqualTo(400);
            }
            for (String host : List.of(
                    "rebind.evil.example:" + port,
                    "evil.example",
                    "localhost.evil.example",
                    "127.0.0.1.evil.example",
                    "169.254.169.254",
                    "evil.example@localhost")) {
                for (String line : List.of("GET /machines", "GET /health", "POST /machines", "GET /nothing")) {
                    assertThat(status(port, line, host, line.startsWith("GET") ? "\r\n" : BODY))
                            .as(line + " at " + host)
                            .isIn(400, 403);
                }
            }
            assertThat(status(port, "GET http://evil.example/machines", "localhost", "\r\n"))
                    .isIn(400, 403);
            assertThat(status(
                            port,
                            "POST /machines",
                            "rebind.evil.example",
                            "Origin: http://rebind.evil.example\r\n" + BODY))
                    .isEqualTo(403);
            assertForeignPagesAreRefused(port, "", 400);
        }
    }

    @Test
    void aPageOfAnotherOriginChangesNothingWithAKeyEither() {
        int port = URI.create(shared.server().url).getPort();
        assertForeignPagesAreRefused(port, "Authorization: Bearer %s\r\n".formatted(shared.key()), 400);
        // Under any host name: a page has no key, unless its authors have one.
        assertThat(status(
                        port,
                        "GET /machines",
                        "api.example.com",
                        "Authorization: Bearer %s\r\n\r\n".formatted(shared.key())))
                .isEqualTo(200);
    }

    /** Uses an invalid request, so that the status shows whether it was admitted. */
    private static void assertForeignPagesAreRefused(int port, String key, int passed) {
        String own = "http://localhost:" + port;
        List<String> foreign = new ArrayList<>(List.of(
                "Origin: https://evil.example\r\n",
                "Origin: null\r\n",
                "Origin: http://localhost:1\r\n",
                "Origin: http://localhost:%d.evil.example\r\n".formatted(port),
                "Sec-Fetch-Site: cross-site\r\n",
                "Sec-Fetch-Site: same-site\r\nOrigin: %s\r\n".formatted(own)));
        for (String headers : foreign) {
            for (String method : List.of("POST", "PUT", "PATCH", "DELETE", "ODD")) {
                assertThat(status(port, method + " /machines/abcdefghijkl", "localhost:" + port, key + headers + BODY))
                        .as(method + " " + headers)
                        .isEqualTo(403);
            }
            assertThat(status(
                            port,
                            "GET /machines/abcdefghijkl/ports/80/connect",
                            "localhost:" + port,
                            key + headers + UPGRADE + "\r\n"))
                    .as("WebSocket " + headers)
                    .isEqualTo(403);
        }
        for (String headers : List.of(
                "", "Origin: %s\r\n".formatted(own), "Sec-Fetch-Site: same-origin\r\n", "Sec-Fetch-Site: none\r\n")) {
            assertThat(status(port, "POST /machines", "localhost:" + port, key + headers + BODY))
                    .as(headers)
                    .isEqualTo(passed);
        }
        assertThat(status(port, "GET /machines", "localhost:" + port, key + foreign.getFirst() + "\r\n"))
                .as("what a page may request, but cannot read")
                .isEqualTo(200);
    }

    @Test
    void noHeaderMakesAMethodAnother() {
        Response answer = shared.api().request("GET", "/machines/abcdefghijkl/exec", "X-HTTP-Method-Override", "POST");
        assertThat(answer.status()).isEqualTo(405);
    }
}
