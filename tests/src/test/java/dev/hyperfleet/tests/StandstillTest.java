package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VMM, or its supervisor, that hangs, as with a hanging disk: every response is in time, and true. */
@MeasuresTime
class StandstillTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    /** The time for a VMM to answer a pause or a resume. */
    private static final Duration VMM_PATIENCE = Duration.ofSeconds(5);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    /** The time for a supervisor to carry out an order, before it is killed. */
    private static final Duration SUPERVISOR_PATIENCE = Duration.ofSeconds(4);

    @TempDir
    Path state;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private ServerProcess server;
    private Api api;
    private String id;
    private ProcessHandle vmm;
    private ProcessHandle supervisor;

    @BeforeEach
    void startAMachine() throws IOException {
        server =
                ServerProcess.start(state, Map.of("HYPERFLEET_STOP_TIMEOUT", String.valueOf(STOP_TIMEOUT.toSeconds())));
        api = server.api();
        id = api.run("still");
        lookAtProcesses();
    }

    private void lookAtProcesses() {
        vmm = ProcessHandle.of(api.get("/machines/" + id).json().get("pid").asLong())
                .orElseThrow();
        supervisor = vmm.parent().orElseThrow();
    }

    @AfterEach
    void nothingIsLeft() {
        threads.close();
        server.close();
        Leftovers.assertNone(state);
    }

    private static void signal(String signal, ProcessHandle process) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();
            assertThat(kill.waitFor()).isZero();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private Response command(String verb) {
        return api.post("/machines/" + id + "/" + verb);
    }

    /** The response to a request, which must arrive within about this time. */
    private static Response within(Duration deadline, Supplier<Response> request) {
        long began = System.nanoTime();
        Response answer = request.get();
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("time until %s", answer.message())
                .isLessThan(deadline.plusSeconds(2L * TestHome.SLOWNESS));
        return answer;
    }

    @Test
    void aPauseThatIsNotAnsweredFailsInTimeAndHoldsNothingUp() throws Exception {
        signal("STOP", vmm);
        Future<Response> pause = threads.submit(() -> within(VMM_PATIENCE, () -> command("pause")));
        assertThat(within(AT_ONCE, () -> api.get("/machines/" + id + "/wait?status=pausing"))
                        .status())
                .isEqualTo(200);
        assertThat(within(AT_ONCE, () -> command("stop")).message())
                .isEqualTo("Cannot stop machine in 'pausing' state");
        assertThat(within(AT_ONCE, () -> api.request("PATCH", "/machines/" + id, Map.of("exposed_ports", List.of(80))))
                        .status())
                .isEqualTo(200);
        assertThat(within(Duration.ofSeconds(1), () -> api.get("/machines/" + id + "/wait?status=stopped&timeout=1"))
                        .status())
                .isEqualTo(504);
        assertThat(pause.get().status()).isEqualTo(502);
        assertThat(pause.get().message()).contains("has not answered within 5 s");
        assertThat(api.status(id)).isEqualTo("running");

        signal("CONT", vmm);
        assertThat(api.exec(id, "true").status()).isEqualTo(200);
        assertThat(command("pause").field("status")).isEqualTo("paused");

        signal("STOP", vmm);
        assertThat(within(VMM_PATIENCE, () -> command("resume")).status()).isEqualTo(502);
        assertThat(api.status(id)).isEqualTo("paused");
        signal("CONT", vmm);
        assertThat(command("resume").field("status")).isEqualTo("running");
        assertThat(api.exec(id, "true").status()).isEqualTo(200);
    }

    @Test
    void aMachineWhoseVmmStandsStillCanBeStoppedAndRestarted() throws Exception {
        signal("STOP", vmm);
        Response restarted = command("restart");
        assertThat(restarted.field("status")).isEqualTo("running");
        assertThat(vmm.isAlive()).isFalse();
        assertThat(api.exec(id, "true").status()).isEqualTo(200);

        lookAtProcesses();
        signal("STOP", vmm);
        Response exec = api.post("/machines/" + id + "/exec", Map.of("command", List.of("true"), "timeout", 1));
        assertThat(exec.status()).isEqualTo(502);
        assertThat(within(VMM_PATIENCE, () -> command("stop")).field("status")).isEqualTo("stopped");
        vmm.onExit().get(20, TimeUnit.SECONDS);
    }

    /** Its supervisor, once it continues, would remove files of the next run. */
    @Test
    void aSupervisorThatStandsStillIsKilledAndHarmsNoLaterRun() throws Exception {
        signal("STOP", supervisor);
        assertThat(within(STOP_TIMEOUT.plus(SUPERVISOR_PATIENCE), () -> command("stop"))
                        .field("status"))
                .isEqualTo("stopped");
        supervisor.onExit().get(20, TimeUnit.SECONDS);
        assertThat(vmm.isAlive()).isFalse();

        assertThat(command("start").field("status")).isEqualTo("running");
        assertThat(command("pause").field("status")).isEqualTo("paused");
        assertThat(command("resume").field("status")).isEqualTo("running");
        assertThat(api.exec(id, "true").status()).isEqualTo(200);
    }

    @Test
    void theServerEndsInTimeWhileAVmmStandsStill() throws Exception {
        signal("STOP", vmm);
        Future<Response> pause = threads.submit(() -> command("pause"));
        assertThat(api.get("/machines/" + id + "/wait?status=pausing").status()).isEqualTo(200);
        assertThat(server.terminate()).isLessThan(10_000L * TestHome.SLOWNESS);
        assertThat(pause.get().status()).isIn(502, 503);

        signal("CONT", vmm);
        server = ServerProcess.start(state);
        api = server.api();
        assertThat(api.get("/machines/" + id + "/wait?status=paused,running").status())
                .isEqualTo(200);
    }
}
