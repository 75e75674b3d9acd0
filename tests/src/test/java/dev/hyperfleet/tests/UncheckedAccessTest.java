package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages of other sites, and the ports of a server that checks no keys. No machine runs here: admitted requests get 503.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UncheckedAccessTest {
    private static final String MACHINE = "open";

    private final ServerProcess server;

    UncheckedAccessTest(@TempDir Path state) throws IOException {
        server = ServerProcess.start(state, Map.of("HYPERFLEET_PROXY_URL", "https://previews.example.com"));
    }

    @BeforeAll
    void createAMachine() {
        Response created = server.api()
                .post(
                        "/machines",
                        Map.of("name", MACHINE, "vcpu_count", 1, "mem_size_mib", 256, "exposed_ports", List.of(8080)));
        assertThat(created.status()).isEqualTo(201);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    /** The status of a request with this line and these headers; "PORT" stands for the proxy's port. */
    private int status(String request) {
        int port = URI.create(server.proxy).getPort();
        try (RawConnection connection = RawConnection.open(port)) {
            String head = request.replace("PORT", String.valueOf(port)) + "\r\nContent-Length: 0\r\n\r\n";
            return connection.send(head).head().code();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /proxy/open/8080/ HTTP/1.1\r\nHost: 127.0.0.1:PORT",
                "POST /proxy/open/8080/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT",
                "POST /proxy/open/8080/ HTTP/1.1\r\nHost: localhost:PORT\r\nOrigin: http://localhost:PORT\r\nSec-Fetch-Site: same-origin",
                "GET /proxy/open/8080/ HTTP/1.1\r\nHost: [::1]:PORT\r\nSec-Fetch-Site: cross-site",
                "GET /proxy/open/8080/ HTTP/1.1\r\nHost: previews.example.com",
                "POST / HTTP/1.1\r\nHost: 8080-open.localhost:PORT\r\nOrigin: http://8080-open.localhost:PORT"
            })
    void whoeverCanConnectIsLetIn(String request) {
        assertThat(status(request)).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /proxy/open/8080/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: https://evil.example",
                "POST /proxy/open/8080/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: null",
                "POST /proxy/open/8080/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nSec-Fetch-Site: cross-site",
                "POST / HTTP/1.1\r\nHost: 8080-open.localhost:PORT\r\nOrigin: http://8080-evil.localhost:PORT",
                "GET /proxy/open/8080/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket",
                "GET /proxy/open/8080/ HTTP/1.1\r\nHost: rebound.evil.example:PORT",
                "POST /proxy/open/8080/ HTTP/1.1\r\nHost: rebound.evil.example:PORT\r\nOrigin: http://rebound.evil.example:PORT",
                "GET /proxy/open/8080/ HTTP/1.1\r\nHost: 127.0.0.1.evil.example:PORT",
                "GET /proxy/open/8080/ HTTP/1.1\r\nHost: evillocalhost:PORT"
            })
    void aPageOfAnotherSiteIsNot(String request) {
        assertThat(status(request)).isEqualTo(403);
    }
}
