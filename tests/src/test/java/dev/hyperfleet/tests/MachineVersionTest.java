package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Versions of machines: a client only changes the version that it knows. */
@ExtendWith(SharedServer.class)
class MachineVersionTest {
    private static final List<String> COMMANDS = List.of("start", "stop", "restart", "pause", "resume");

    private final Api api;
    private final String runningId;

    @TempDir
    Path state;

    MachineVersionTest(Shared shared) {
        this.api = shared.api();
        this.runningId = shared.runningId();
    }

    private static String etag(Response answer) {
        return answer.header("etag").orElseThrow();
    }

    private static Response expose(Api api, String path, int port, String... headers) {
        return api.request("PATCH", path, Map.of("exposed_ports", List.of(port)), headers);
    }

    @Test
    void whoHasAMachineAlreadyIsToldSoUntilItChanges() {
        String path = "/machines/" + api.create("versioned");
        Response got = api.get(path);
        String before = etag(got);
        assertThat(before).matches("\"[0-9]+-[0-9a-f]{8}\"");
        assertThat(etag(api.get(path))).isEqualTo(before);
        assertThat(etag(api.request("HEAD", path))).isEqualTo(before);
        for (String known : List.of(before, "W/" + before, "\"x\", " + before + " ,\"y\"", "*")) {
            Response unchanged = api.request("GET", path, "If-None-Match", known);
            assertThat(unchanged.status()).as(known).isEqualTo(304);
            assertThat(unchanged.body()).isEmpty();
            assertThat(etag(unchanged)).isEqualTo(before);
        }
        Response changed = expose(api, path, 8080);
        assertThat(etag(changed)).isNotEqualTo(before).isEqualTo(etag(api.get(path)));
        assertThat(api.request("GET", path, "If-None-Match", before).status()).isEqualTo(200);
        assertThat(etag(expose(api, path, 8080))).as("nothing has changed").isEqualTo(etag(changed));
        api.delete(path);
    }

    @Test
    void whatInsistsOnAnotherVersionChangesNothing() {
        String path = "/machines/" + api.create("insisted-on");
        String old = etag(api.get(path));
        String now = etag(expose(api, path, 80));
        for (String wrong : List.of(old, "\"x\"", "W/" + now, "\"" + old.replace("\"", "") + "0\", \"\"")) {
            assertRefused(expose(api, path, 81, "If-Match", wrong));
            assertRefused(api.request("DELETE", path, "If-Match", wrong));
            for (String command : COMMANDS) {
                assertRefused(api.request("POST", path + "/" + command, "If-Match", wrong));
            }
        }
        assertThat(expose(api, path, 0, "If-Match", old).code())
                .as("invalid in any case")
                .isEqualTo("VALIDATION_ERROR");
        assertThat(etag(api.get(path))).isEqualTo(now);
        assertThat(expose(api, path, 82, "If-Match", old + "," + now).status()).isEqualTo(200);
        assertThat(expose(api, path, 83, "If-Match", "*").status()).isEqualTo(200);
        assertThat(api.request("POST", path + "/stop", "If-Match", "*").status())
                .as("a version, and not a status")
                .isEqualTo(400);
        assertThat(expose(api, "/machines/abcdefghijkl", 84, "If-Match", "*").status())
                .isEqualTo(404);
        assertThat(api.request("DELETE", path, "If-Match", etag(api.get(path))).status())
                .isEqualTo(204);
    }

    private static void assertRefused(Response answer) {
        assertThat(answer.status()).isEqualTo(412);
        assertThat(answer.code()).isEqualTo("PRECONDITION_FAILED");
    }

    @Test
    void ofThoseWhoChangeTheSameVersionOneDoes() throws Exception {
        String path = "/machines/" + api.create("contended");
        String version = etag(api.get(path));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Response>> answers = IntStream.rangeClosed(1, 20)
                    .mapToObj(port -> threads.submit(() -> expose(api, path, port, "If-Match", version)))
                    .toList();
            int changed = 0;
            for (Future<Response> answer : answers) {
                assertThat(answer.get().status()).isIn(200, 412);
                changed += answer.get().status() == 200 ? 1 : 0;
            }
            assertThat(changed).isOne();
        }
        api.delete(path);
    }

    @Test
    void whatAMachineDoesByItselfKeepsNobodyFromChangingIt() {
        String path = "/machines/" + runningId;
        String before = etag(api.get(path));
        String id = api.start(runningId, Map.of(), "sleep", "1000"); // this keeps it awake
        String busy = etag(api.get(path));
        assertThat(busy).isNotEqualTo(before);
        assertThat(api.request("GET", path, "If-None-Match", before).status()).isEqualTo(200);
        assertThat(expose(api, path, 80, "If-Match", before).status()).isEqualTo(200);
        assertRefused(expose(api, path, 81, "If-Match", busy));
        api.delete(path + "/processes/" + id);
        expose(api, path, 8080);
    }

    @Test
    void aHeaderThatNamesNoVersionsIsRefusedByItsName() {
        String path = "/machines/" + runningId;
        for (String wrong : List.of("7", "\"7", "7\"", "\"a\" \"b\"", "\"a\",", "*, \"a\"", "w/\"a\"", "")) {
            Response get = api.request("GET", path, "If-None-Match", wrong);
            assertThat(get.status()).as(wrong).isEqualTo(400);
            assertThat(get.message()).startsWith("If-None-Match must be ETags");
            assertThat(api.request("POST", path + "/pause", "If-Match", wrong).message())
                    .as(wrong)
                    .startsWith("If-Match must be ETags");
        }
        assertThat(api.status(runningId)).isEqualTo("running");
    }

    @Test
    void theNextServerHasTheSameVersions() throws Exception {
        String path;
        String version;
        try (ServerProcess first = ServerProcess.start(state)) {
            path = "/machines/" + first.api().create("kept");
            version = etag(expose(first.api(), path, 80));
            first.kill();
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            assertThat(etag(second.api().get(path))).isEqualTo(version);
            assertThat(expose(second.api(), path, 81, "If-Match", version).status())
                    .isEqualTo(200);
        }
    }
}
