package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Guests with little memory: too little to boot, just enough, and enough but not for what runs in them. */
class GuestMemoryTest {
    private static final Path KERNEL = TestHome.HOME.resolve("images/vmlinux");
    private static final int IN_A_ROW = 8;
    private static final int AT_ONCE = 30;

    @TempDir
    static Path state;

    private static ServerProcess server;
    private static Api api;

    @BeforeAll
    static void start() throws IOException {
        server = ServerProcess.start(state);
        api = server.api();
    }

    @AfterAll
    static void stop() {
        server.close();
        Leftovers.assertNone(state);
    }

    private static long least() throws IOException {
        return Long.parseLong(
                Files.readString(Path.of(KERNEL + ".least-mem-mib")).strip());
    }

    private static Response create(Api server, String name, long memSizeMib) {
        return server.post("/machines", Map.of("name", name, "vcpu_count", 1, "mem_size_mib", memSizeMib));
    }

    @Test
    void aMachineWithTooLittleMemoryIsCreatedWithAWarningAndItsStartIsRefusedAtOnce() throws IOException {
        long little = least() - 1;
        String why = ("%d MiB of memory are too little for the machine's image to boot, which needs %d:"
                        + " create a machine with mem_size_mib of %d or more")
                .formatted(little, least(), least());
        Response created = create(api, "too-small", little);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.json().get("warnings").values())
                .extracting(JsonNode::asString)
                .containsExactly(why);
        String id = created.field("id");
        Response start = api.post("/machines/" + id + "/start");
        assertThat(start.status()).isEqualTo(400);
        assertThat(start.code()).isEqualTo("BAD_REQUEST");
        assertThat(start.message()).isEqualTo(why);
        assertThat(api.status(id)).isEqualTo("pending");
        assertThat(api.get("/machines/" + id).field("updated_at")).isEqualTo(created.field("updated_at"));
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    @Test
    void aMachineWithTheLeastMemoryBootsAndRunsCommands() throws IOException {
        Response created = create(api, "just-enough", least());
        assertThat(created.json().get("warnings").isEmpty()).isTrue();
        String id = created.field("id");
        assertThat(api.post("/machines/" + id + "/start").status()).isEqualTo(200);
        assertThat(api.exec(id, "echo", "here").field("stdout")).isEqualTo("here\n");
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    @Test
    void aMachineThatCannotBootAKernelOfTheOperatorsFailsAndSaysWhatTheConsoleSaid(@TempDir Path other)
            throws IOException {
        Path kernel = other.resolve("vmlinux");
        Files.copy(KERNEL, kernel);
        try (ServerProcess second = ServerProcess.start(
                other.resolve("state"), Map.of("HYPERFLEET_KERNEL_IMAGE_PATH", kernel.toString()))) {
            Api api = second.api();
            Response created = create(api, "too-small", 32);
            assertThat(created.json().get("warnings").isEmpty()).isTrue();
            String id = created.field("id");
            Response start = api.post("/machines/" + id + "/start");
            assertThat(start.status()).isEqualTo(502);
            assertThat(start.code()).isEqualTo("MACHINE_FAILED");
            assertThat(api.status(id)).isEqualTo("failed");
            assertThat(api.get("/machines/" + id).field("error_message")).isEqualTo(start.message());
            assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
        }
    }

    private static Response print(String id) {
        return api.post(
                "/machines/" + id + "/exec",
                Map.of(
                        "command",
                        List.of("sh", "-c", "head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2"),
                        "timeout",
                        100));
    }

    @Test
    void manyCommandsThatPrintMuchAreCarriedOutOrRefusedAndTheMachineRunsOn() throws Exception {
        String id = create(api, "busy", 128).field("id");
        assertThat(api.post("/machines/" + id + "/start").status()).isEqualTo(200);
        for (int count = 0; count < IN_A_ROW; count++) {
            Response answer = print(id);
            assertThat(answer.status()).as(answer.message()).isEqualTo(200);
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Response>> all = new ArrayList<>();
            for (int count = 0; count < AT_ONCE; count++) {
                all.add(threads.submit(() -> print(id)));
            }
            for (Future<Response> one : all) {
                Response answer = one.get();
                if (answer.status() != 200) { // an emulated CPU may be too busy to start so many in time
                    assertThat(answer.message()).containsAnyOf("is short of memory", "has not answered in time");
                }
            }
        }
        assertThat(api.status(id)).isEqualTo("running");
        assertThat(api.exec(id, "echo", "here").field("stdout")).isEqualTo("here\n");
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }
}
