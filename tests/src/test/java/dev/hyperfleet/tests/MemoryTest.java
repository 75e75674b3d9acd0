package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What clients with keys can do to the server's memory. */
@MeasuresTime
class MemoryTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path state;

    /** The largest possible machine: 480 KiB of JSON. */
    private static Map<String, Object> large(String name) {
        List<Map<String, Object>> checks = IntStream.range(0, 20)
                .mapToObj(i -> Map.<String, Object>of(
                        "name", "c" + i, "type", "exec", "command", List.of("\u0001".repeat(4096))))
                .toList();
        return Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256, "checks", checks);
    }

    /**
     * Sends it with a client that does not examine the response, which is large; returns its status, or 0 if the server
     * is gone.
     */
    private static int post(ServerProcess server, Map<String, Object> machine) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url + "/machines"))
                .timeout(Duration.ofMinutes(2))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JsonMapper.shared().writeValueAsBytes(machine)))
                .build();
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException gone) {
            return 0;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void aPageOfLargeMachinesIsNeverInMemoryAsAWhole() throws IOException {
        int count = 120; // 58 MB of JSON
        try (ServerProcess server = ServerProcess.start(state, Map.of("HYPERFLEET_HEAP", "96m"))) {
            for (int i = 0; i < count; i++) {
                assertThat(post(server, large("large" + i))).isEqualTo(201);
            }
            try (RawConnection slow = RawConnection.open(URI.create(server.url).getPort())) {
                slow.send("GET /machines?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(slow.head().code()).isEqualTo(200); // and reads no further
                HttpResponse<InputStream> page = server.api().stream("/machines?limit=1000");
                assertThat(page.statusCode()).isEqualTo(200);
                try (InputStream body = page.body()) {
                    JsonNode list = JsonMapper.shared().readTree(body);
                    assertThat(list.get("machines").size()).isEqualTo(count);
                    assertThat(list.get("total").asInt()).isEqualTo(count);
                }
            }
        }
    }
}
