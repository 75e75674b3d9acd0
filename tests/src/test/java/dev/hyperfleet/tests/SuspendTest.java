package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Proxied.Way;
import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines whose memory is on the disk. */
class SuspendTest {
    @TempDir
    Path state;

    private ServerProcess server;
    private Api api;

    @BeforeEach
    void startServer() throws IOException {
        server = ServerProcess.start(state);
        api = server.api();
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private void startNextServer() throws IOException {
        server = ServerProcess.start(state);
        api = server.api();
    }

    private String sh(String machine, String command) {
        Response result = api.exec(machine, "sh", "-c", command);
        assertThat(result.field("stderr")).as(command).isEmpty();
        return result.field("stdout").strip();
    }

    private int count(String machine) {
        return Integer.parseInt(sh(machine, "while [ ! -e /run/count ]; do :; done; cat /run/count"));
    }

    private Response command(String machine, String verb) {
        Response answer = api.post("/machines/" + machine + "/" + verb);
        assertThat(answer.status()).as(answer.message()).isEqualTo(200);
        return answer;
    }

    private Path memory(String machine) {
        return state.resolve("machines").resolve(machine).resolve("suspended");
    }

    @Test
    void aMachineContinuesAfterTheServerAndAllProcessesAreGone() throws Exception {
        String machine = api.run("sleeper");
        Counter.start(api, machine);
        sh(machine, "echo kept > /root/file");
        int before = count(machine);
        long pid = api.get("/machines/" + machine).json().path("pid").asLong();
        Response suspended = command(machine, "suspend");
        assertThat(suspended.field("status")).isEqualTo("suspended");
        assertThat(suspended.json().get("pid").isNull()).isTrue();
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(memory(machine)).isNotEmptyDirectory();

        server.kill();
        startNextServer();
        assertThat(api.get("/machines/" + machine).field("status")).isEqualTo("suspended");
        assertThat(command(machine, "resume").field("status")).isEqualTo("running");
        assertThat(memory(machine)).doesNotExist();
        assertThat(Long.parseLong(sh(machine, "date +%s")))
                .isCloseTo(Instant.now().getEpochSecond(), within(2L));
        int after = count(machine);
        assertThat(after).isGreaterThanOrEqualTo(before);
        assertThat(Integer.parseInt(sh(machine, "sleep 0.5; cat /run/count"))).isGreaterThan(after);
        assertThat(sh(machine, "cat /root/file")).isEqualTo("kept");

        command(machine, "suspend");
        assertThat(command(machine, "start").field("status")).isEqualTo("running");
        assertThat(count(machine)).as("also the second time").isGreaterThan(after);
        assertThat(api.delete("/machines/" + machine + "?force=true").status()).isEqualTo(204);
    }

    @Test
    void aPausedMachineIsSuspendedAndAStopOrABootForgetsTheMemory() {
        String machine = api.run("sleeper");
        sh(machine, "echo kept > /root/file; sync; touch /run/memory");
        command(machine, "pause");
        assertThat(command(machine, "suspend").field("status")).isEqualTo("suspended");
        assertThat(api.post("/machines/" + machine + "/pause").message())
                .isEqualTo("Cannot pause machine in 'suspended' state");
        assertThat(command(machine, "stop").field("status")).isEqualTo("stopped");
        assertThat(memory(machine)).doesNotExist();
        command(machine, "start");
        assertThat(sh(machine, "cat /root/file; ls /run")).startsWith("kept").doesNotContain("memory");

        sh(machine, "touch /run/memory");
        command(machine, "suspend");
        command(machine, "start?boot=true");
        assertThat(sh(machine, "cat /root/file; ls /run")).startsWith("kept").doesNotContain("memory");
        assertThat(memory(machine)).doesNotExist();
        command(machine, "suspend");
        assertThat(api.delete("/machines/" + machine).status()).isEqualTo(204);
        assertThat(memory(machine).resolve("..").normalize()).doesNotExist();
    }

    @Test
    void anIdleMachineIsSuspendedAndTheFirstRequestBringsItBackWhereItWas() throws Exception {
        String machine =
                WebApplication.run(api, "sleeper", Map.of("autostart", true, "autostop", "suspend", "idle_timeout", 2));
        Proxied web =
                new Proxied(server.proxy, Way.PATH, "sleeper", WebApplication.PORT, Optional.empty(), Version.HTTP_1_1);
        assertThat(Proxied.seen(web.get("/seen")).get("served").asInt()).isEqualTo(1);
        assertThat(api.get("/machines/" + machine + "/wait?status=suspended").status())
                .isEqualTo(200);
        assertThat(Proxied.seen(web.get("/seen")).get("served").asInt())
                .as("the same process counts")
                .isEqualTo(2);
        assertThat(api.delete("/machines/" + machine + "?force=true").status()).isEqualTo(204);
    }

    @Test
    void aMachineThatHasBeenPausedForSomeTimeIsSuspendedAlsoByAnotherServer() throws Exception {
        Map<String, Object> tiers =
                Map.of("autostart", true, "autostop", "pause", "idle_timeout", 2, "suspend_after", 4);
        String machine = WebApplication.run(api, "sleeper", tiers);
        assertThat(api.get("/machines/" + machine + "/wait?status=paused").status())
                .isEqualTo(200);
        server.kill();
        startNextServer();
        assertThat(api.get("/machines/" + machine + "/wait?status=suspended").status())
                .isEqualTo(200);
        Proxied web =
                new Proxied(server.proxy, Way.PATH, "sleeper", WebApplication.PORT, Optional.empty(), Version.HTTP_1_1);
        assertThat(Proxied.seen(web.get("/seen")).get("served").asInt()).isEqualTo(1);
        assertThat(api.delete("/machines/" + machine + "?force=true").status()).isEqualTo(204);
    }

    @Test
    void aServerThatIsKilledWhileItSuspendsLosesNothing() throws Exception {
        String machine = api.run("sleeper");
        Counter.start(api, machine);
        int before = count(machine);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> lost = threads.submit(() -> api.post("/machines/" + machine + "/suspend"));
            assertThat(api.get("/machines/" + machine + "/wait?status=suspending")
                            .status())
                    .isEqualTo(200);
            server.kill();
            assertThat(lost).failsWithin(Duration.ofSeconds(30));
        }
        startNextServer();
        assertThat(api.get("/machines/" + machine + "/wait?status=suspended").status())
                .isEqualTo(200);
        command(machine, "resume");
        int after = count(machine);
        assertThat(after).isGreaterThanOrEqualTo(before);
        assertThat(Integer.parseInt(sh(machine, "sleep 0.5; cat /run/count"))).isGreaterThan(after);
        assertThat(api.delete("/machines/" + machine + "?force=true").status()).isEqualTo(204);
    }

    @Test
    void aMemoryThatCannotBeLoadedFailsTheStartAndLeavesTheDisk() throws IOException {
        String machine = api.run("sleeper");
        sh(machine, "echo kept > /root/file");
        command(machine, "suspend");
        Files.writeString(memory(machine).resolve("format"), "QEMU 1.0, emulated CPU");
        Response refused = api.post("/machines/" + machine + "/start");
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.message()).contains("was suspended by QEMU 1.0", "boot=true");
        assertThat(api.get("/machines/" + machine).field("status")).isEqualTo("failed");
        command(machine, "start?boot=true");
        assertThat(sh(machine, "cat /root/file")).isEqualTo("kept");
        assertThat(api.delete("/machines/" + machine + "?force=true").status()).isEqualTo(204);
    }
}
