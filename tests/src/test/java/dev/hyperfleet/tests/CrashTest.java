package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Kill -9, with real machines. */
@MeasuresTime
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
            // A command is in progress when the server dies: the next session must not mistake its response for its
            // own.
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
            Response exec = api.exec(running, "cat", "/proc/sys/kernel/random/boot_id");
            long milliseconds = Duration.ofNanos(System.nanoTime() - began).toMillis();
            assertThat(exec.field("stdout")).isEqualTo(boot);
            assertThat(milliseconds).as("start of the server included").isLessThan(6_000 * TestHome.SLOWNESS);
            assertThat(adoptionMilliseconds(second)).isLessThan(2_000 * TestHome.SLOWNESS);
            assertThat(recovery(api, running)).isEqualTo("adopted: its VMM was running");
            assertThat(new String(api.get("/metrics").body(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains("hyperfleet_recovery_steps_total{action=\"adopted\"} 1.0");
            assertThat(api.post("/machines/" + running + "/stop").field("status"))
                    .isEqualTo("stopped");
        }
        Leftovers.assertNone(state);
    }

    @Test
    void aMachineThatWasBeingSavedContinuesUnderTheNextServerAndNothingIsLeftOfTheSnapshot() throws Exception {
        Path snapshots = state.resolve("snapshots");
        String id;
        try (ServerProcess first = ServerProcess.startCold(state);
                WatchService changes = snapshots.getFileSystem().newWatchService()) {
            Api api = first.api();
            id = api.run("saved");
            Counter.start(api, id);
            snapshots.register(changes, StandardWatchEventKinds.ENTRY_CREATE);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> saving =
                        threads.submit(() -> api.post("/machines/" + id + "/snapshots", Map.of("name", "half")));
                assertThat(changes.poll(30, TimeUnit.SECONDS)).isNotNull();
                first.kill();
                assertThat(saving).failsWithin(Duration.ofSeconds(30));
            }
            assertThat(snapshots).isNotEmptyDirectory();
        }
        try (ServerProcess second = ServerProcess.startCold(state)) {
            Api api = second.api();
            assertThat(snapshots).isEmptyDirectory();
            assertThat(api.get("/snapshots").json().path("total").asInt()).isZero();
            assertThat(api.get("/machines/" + id).field("status")).isEqualTo("running");
            String count = api.exec(id, "cat", "/run/count").field("stdout");
            assertThat(api.exec(
                                    id,
                                    "sh",
                                    "-c",
                                    "while [ $(cat /run/count) = " + count.strip() + " ]; do sleep 0.1; done")
                            .status())
                    .as("its processes continue")
                    .isEqualTo(200);
            assertThat(api.post("/machines/" + id + "/stop").field("status")).isEqualTo("stopped");
        }
        Leftovers.assertNone(state);
    }

    /** From the first line of the log to the one that says that it listens. */
    private static long adoptionMilliseconds(ServerProcess server) {
        List<Instant> times = server.log().stream()
                .filter(line -> line.startsWith("{"))
                .map(line -> Instant.parse(tools.jackson.databind.json.JsonMapper.shared()
                        .readTree(line)
                        .get("time")
                        .asString()))
                .toList();
        assertThat(String.join("\n", server.log())).contains("\"adopted\"");
        return Duration.between(times.getFirst(), times.getLast()).toMillis();
    }

    /** The report on the only machine. */
    private static String recovery(Api api, String id) {
        JsonNode report = api.get("/recovery").json();
        assertThat(report.get("machines").asInt()).isEqualTo(1);
        assertThat(report.get("steps")).hasSize(1);
        JsonNode step = report.get("steps").get(0);
        assertThat(step.get("machine_id").asString()).isEqualTo(id);
        String action = step.get("action").asString();
        assertThat(report.get("counts").get(action).asInt()).isEqualTo(1);
        return action + ": " + step.get("reason").asString();
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
            // Either it was early enough to be abandoned, or the new server finishes it.
            String status =
                    api.get("/machines/" + id + "/wait?status=running,failed").field("status");
            if (status.equals("failed")) {
                assertThat(api.post("/machines/" + id + "/start").field("status"))
                        .isEqualTo("running");
            }
            assertThat(api.exec(id, "true").status()).isEqualTo(200);
        }
        Leftovers.assertNone(state);
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
            assertThat(machine.get("error_message").asString()).startsWith("The VMM was killed by SIGKILL.");
            assertThat(recovery(second.api(), id)).startsWith("end_recorded: The VMM was killed by SIGKILL.");
        }
        Leftovers.assertNone(state);
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
        Leftovers.assertNone(state);
    }
}
