package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Kill -9, with real machines. */
class CrashTest {
    @TempDir
    Path state;

    @Test
    void machinesSurviveTheServersDeathAndTheNextServerHasThemWithinTwoSeconds() throws Exception {
        String running;
        String boot;
        JsonNode before;
        try (ServerProcess first = ServerProcess.start(state)) {
            Api api = first.api();
            running = api.run("survivor");
            boot = api.exec(running, "cat", "/proc/sys/kernel/random/boot_id").field("stdout");
            before = api.get("/machines/" + running).lasting();
            // A command is under way when the server dies: the next session must not take its answer for its own.
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> flood =
                        threads.submit(() -> api.exec(running, "sh", "-c", "sleep 0.3; head -c 900000 /dev/zero"));
                assertThat(api.exec(running, "sleep", "0.1").status()).isEqualTo(200);
                first.kill();
                assertThat(flood).failsWithin(Duration.ofSeconds(30));
            }
        }
        long began = System.nanoTime();
        try (ServerProcess second = ServerProcess.start(state)) {
            Api api = second.api();
            assertThat(api.get("/machines/" + running).lasting()).isEqualTo(before);
            Api.Answer exec = api.exec(running, "cat", "/proc/sys/kernel/random/boot_id");
            long milliseconds = Duration.ofNanos(System.nanoTime() - began).toMillis();
            assertThat(exec.field("stdout")).isEqualTo(boot);
            assertThat(milliseconds).as("start of the server included").isLessThan(6_000 * TestHome.SLOWNESS);
            assertThat(adoptionMilliseconds(second)).isLessThan(2_000 * TestHome.SLOWNESS);
            assertThat(api.post("/machines/" + running + "/stop").field("status"))
                    .isEqualTo("stopped");
        }
        assertNothingRuns();
    }

    /** From the first line of the log to the one that says that it listens. */
    private static long adoptionMilliseconds(ServerProcess server) {
        List<Long> times = server.log().stream()
                .filter(line -> line.startsWith("{"))
                .map(line -> tools.jackson.databind.json.JsonMapper.shared()
                        .readTree(line)
                        .get("timestamp")
                        .asLong())
                .toList();
        assertThat(String.join("\n", server.log())).contains("machine adopted");
        return times.getLast() - times.getFirst();
    }

    @Test
    void aServerThatDiesDuringAStartLeavesATrueStateAndNothingElse() throws Exception {
        String id;
        try (ServerProcess first = ServerProcess.start(state)) {
            Api api = first.api();
            id = api.create("half-started");
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> start = threads.submit(() -> api.post("/machines/" + id + "/start"));
                api.get("/machines/" + id + "/wait?status=starting");
                first.kill();
                assertThat(start).failsWithin(Duration.ofSeconds(30));
            }
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            Api api = second.api();
            // Either it was early enough to be given up, or the new server finishes it.
            String status =
                    api.get("/machines/" + id + "/wait?status=running,failed").field("status");
            if (status.equals("failed")) {
                assertThat(api.post("/machines/" + id + "/start").field("status"))
                        .isEqualTo("running");
            }
            assertThat(api.exec(id, "true").status()).isEqualTo(200);
        }
        assertNothingRuns();
    }

    @Test
    void aMachineThatDiesWhileThereIsNoServerHasFailedWhenOneComes() throws Exception {
        String id;
        try (ServerProcess first = ServerProcess.start(state)) {
            id = first.api().run("dies-alone");
            long pid = first.api().get("/machines/" + id).json().get("pid").asLong();
            first.kill();
            ProcessHandle vmm = ProcessHandle.of(pid).orElseThrow();
            vmm.destroyForcibly();
            vmm.onExit().get();
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            JsonNode machine = second.api().get("/machines/" + id).json();
            assertThat(machine.get("status").asString()).isEqualTo("failed");
            assertThat(machine.get("error_message").asString()).startsWith("The VMM was ended by SIGKILL.");
        }
        assertNothingRuns();
    }

    @Test
    void aShimThatDiesTakesItsVmmWithItAndTheMachineHasFailed() throws Exception {
        try (ServerProcess server = ServerProcess.start(state)) {
            Api api = server.api();
            String id = api.run("no-shim");
            ProcessHandle vmm = ProcessHandle.of(
                            api.get("/machines/" + id).json().get("pid").asLong())
                    .orElseThrow();
            vmm.parent().orElseThrow().destroyForcibly();
            JsonNode failed = api.get("/machines/" + id + "/wait?status=failed").json();
            assertThat(failed.get("error_message").asString()).contains("its supervisor was killed");
            vmm.onExit().get();
            assertThat(api.post("/machines/" + id + "/start").field("status")).isEqualTo("running");
        }
        assertNothingRuns();
    }

    /** No process, no socket, no file of any machine. */
    private void assertNothingRuns() throws IOException {
        assertThat(ProcessHandle.allProcesses()
                        .filter(process -> Stream.of(process.info().arguments().orElse(new String[0]))
                                .anyMatch(argument -> argument.contains(state.toString())))
                        .toList())
                .isEmpty();
        try (Stream<Path> files = Files.walk(state)) {
            assertThat(files.filter(file -> file.toString().contains("/machines/")
                            || file.getFileName().toString().endsWith(".sock")))
                    .isEmpty();
        }
    }
}
