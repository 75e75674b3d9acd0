package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The contract's machines, on a VMM that really boots them. */
@ExtendWith(SharedServer.class)
class MachineLifeTest {
    private final Shared shared;
    private final Api api;

    MachineLifeTest(Shared shared) {
        this.shared = shared;
        this.api = shared.api();
    }

    @Test
    void aMachineIsMadeStartedUsedStoppedStartedAgainAndDeleted() {
        Response created = api.post(
                "/machines",
                Map.of("name", "life", "vcpu_count", 2, "mem_size_mib", 192, "exposed_ports", List.of(8080, 443)));
        assertThat(created.status()).isEqualTo(201);
        JsonNode machine = created.json();
        String id = machine.get("id").asString();
        String path = "/machines/" + id;
        assertThat(created.header("location")).contains(path);
        assertThat(machine.get("status").asString()).isEqualTo("pending");
        assertThat(machine.get("kernel_args").asString()).isEqualTo("console=ttyS0 reboot=k panic=1 pci=off");
        assertThat(machine.get("exposed_ports").toString()).isEqualTo("[8080,443]");
        assertThat(machine.get("socket_path").isNull()).isTrue();
        assertThat(machine.get("pid").isNull()).isTrue();
        assertThat(machine.get("guest_ip").isNull()).isTrue();

        JsonNode running = api.post(path + "/start").json();
        assertThat(running.get("status").asString()).isEqualTo("running");
        assertThat(ProcessHandle.of(running.get("pid").asLong()).orElseThrow().isAlive())
                .isTrue();
        assertThat(Files.exists(Path.of(running.get("socket_path").asString()))).isTrue();
        assertThat(running.get("guest_ip").asString()).isEqualTo("172.16.0.2");
        assertThat(running.get("guest_mac").asString()).startsWith("AA:FC:");
        boolean tap = !running.get("tap_device").isNull(); // it depends on the host's network
        assertThat(running.get("tap_device").asString("none")).isEqualTo(tap ? "tap0" : "none");
        assertThat(running.get("tap_ip").asString("none")).isEqualTo(tap ? "172.16.0.1" : "none");
        assertThat(api.get(path).lasting()).isEqualTo(running);

        assertThat(stdout(id, "nproc")).isEqualTo("2");
        assertThat(stdout(id, "hostname")).isEqualTo("life");
        assertThat(Long.parseLong(stdout(id, "sh", "-c", "awk '/MemTotal/ {print $2}' /proc/meminfo")))
                .isBetween(100_000L, 192L * 1024);
        assertThat(stdout(id, "cat", "/sys/class/net/eth0/address"))
                .isEqualToIgnoringCase(running.get("guest_mac").asString());
        assertThat(stdout(id, "sh", "-c", "echo kept > /root/file && cat /root/file"))
                .isEqualTo("kept");

        JsonNode stopped = api.post(path + "/stop").json();
        assertThat(stopped.get("status").asString()).isEqualTo("stopped");
        assertThat(stopped.get("pid").isNull()).isTrue();
        assertThat(stopped.get("socket_path").isNull()).isTrue();
        assertThat(ProcessHandle.of(running.get("pid").asLong())).isEmpty();

        assertThat(api.post(path + "/start").field("status")).isEqualTo("running");
        assertThat(stdout(id, "cat", "/root/file")).isEqualTo("kept");
        api.post(path + "/stop");

        assertThat(api.delete(path).status()).isEqualTo(204);
        Response gone = api.get(path);
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.code()).isEqualTo("NOT_FOUND");
        assertThat(gone.message()).isEqualTo("Machine with id '%s' not found".formatted(id));
        assertThat(shared.server().state.resolve("machines").resolve(id)).doesNotExist();
    }

    @Test
    void aRestartKeepsIdentityAndDiskAndBootsAnew() {
        String id = api.run("restarted");
        String boot = stdout(id, "cat", "/proc/sys/kernel/random/boot_id");
        stdout(id, "sh", "-c", "echo kept > /root/file");
        String mac = api.get("/machines/" + id).field("guest_mac");

        JsonNode restarted = api.post("/machines/" + id + "/restart").json();
        assertThat(restarted.get("status").asString()).isEqualTo("running");
        assertThat(restarted.get("id").asString()).isEqualTo(id);
        assertThat(restarted.get("guest_mac").asString()).isEqualTo(mac);
        assertThat(stdout(id, "cat", "/root/file")).isEqualTo("kept");
        assertThat(stdout(id, "cat", "/proc/sys/kernel/random/boot_id")).isNotEqualTo(boot);
        remove(id);
    }

    @Test
    void aCommandInAWrongStateIsRefusedInTheContractsWords() {
        String id = api.create("wrong-state");
        String path = "/machines/" + id;
        assertRefused(api.post(path + "/stop"), "Cannot stop machine in 'pending' state");
        assertRefused(api.post(path + "/restart"), "Cannot restart machine in 'pending' state");
        assertRefused(api.exec(id, "true"), "Cannot exec in machine in 'pending' state");
        String running = "/machines/" + shared.runningId();
        JsonNode machine = api.get(running).json();
        assertThat(machine.get("status").asString()).as(machine.toString()).isEqualTo("running");
        assertRefused(api.post(running + "/start"), "Cannot start machine in 'running' state");
        assertRefused(api.delete(running), "Cannot delete machine in 'running' state");
        assertThat(api.delete(path).status()).isEqualTo(204);
    }

    private static void assertRefused(Response answer, String message) {
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("BAD_REQUEST");
        assertThat(answer.message()).isEqualTo(message);
    }

    @Test
    void ofTwentyParallelStartsExactlyOneSucceeds() throws Exception {
        String id = api.create("twenty");
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Response>> starts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                starts.add(threads.submit(() -> api.post("/machines/" + id + "/start")));
            }
            for (Future<Response> start : starts) {
                Response answer = start.get();
                statuses.add(answer.status());
                if (answer.status() == 400) {
                    assertThat(answer.message()).isEqualTo("Cannot start machine in 'starting' state");
                }
            }
        }
        assertThat(statuses).containsOnlyOnce(200).contains(400).hasSize(20).containsOnly(200, 400);
        assertThat(api.status(id)).isEqualTo("running");
        remove(id);
    }

    @Test
    void aGuestThatPowersItselfOffIsStoppedWithoutAnybodyAsking() {
        String id = api.run("self-stop");
        // The response to this command may be lost with the guest.
        api.post(
                "/machines/" + id + "/exec",
                Map.of(
                        "command",
                        List.of(
                                "sh",
                                "-c",
                                "(sleep 1; kill -TERM -1; echo o > /proc/sysrq-trigger) >/dev/null 2>&1 &")));
        Response stopped = api.get("/machines/" + id + "/wait?status=stopped,failed");
        assertThat(stopped.field("status")).isEqualTo("stopped");
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    @Test
    void aGuestWhoseKernelPanicsHasFailedAndSaysSoInOneLine() {
        String id = api.run("panics");
        api.exec(id, "sh", "-c", "(sleep 1; echo c > /proc/sysrq-trigger) >/dev/null 2>&1 &");
        JsonNode failed = api.get("/machines/" + id + "/wait?status=failed").json();
        assertThat(failed.get("error_message").asString())
                .isEqualTo("The guest's kernel panicked: sysrq triggered crash. The machine's logs have the details.");
        assertThat(new String(api.get("/machines/" + id + "/logs?tail=20").body(), StandardCharsets.UTF_8))
                .contains("Rebooting in 1 seconds");
        Response wait = api.get("/machines/" + id + "/wait?status=running");
        assertThat(wait.status()).isEqualTo(409);
        assertThat(wait.code()).isEqualTo("CONFLICT");
        assertThat(wait.message()).contains("The guest's kernel panicked: sysrq triggered crash.");
        assertThat(api.post("/machines/" + id + "/start").field("status")).isEqualTo("running");
        remove(id);
    }

    @Test
    void aVmmThatIsKilledFailsItsMachineAndAStartMendsIt() {
        String id = api.run("killed");
        ProcessHandle.of(api.get("/machines/" + id).json().get("pid").asLong())
                .orElseThrow()
                .destroyForcibly();
        JsonNode failed = api.get("/machines/" + id + "/wait?status=failed").json();
        assertThat(failed.get("error_message").asString()).startsWith("The VMM was killed by SIGKILL.");
        assertThat(failed.get("pid").isNull()).isTrue();
        assertThat(api.post("/machines/" + id + "/start").field("status")).isEqualTo("running");
        remove(id);
    }

    @Test
    void aCommandThatTakesItsMachineDownIsAnErrorOfTheGuestAndNoneOfTheServer() {
        String id = api.run("taken-down");
        Response answer = api.exec(id, "sh", "-c", "echo c > /proc/sysrq-trigger");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.code()).isEqualTo("GUEST_ERROR");
        assertThat(answer.message()).startsWith("The agent in machine " + id);
        assertThat(api.get("/machines/" + id + "/wait?status=failed").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    @Test
    void aMachineThatHasRuinedItsDiskFailsToRestartAndSaysWhatItsAgentSaid() {
        String id = api.run("ruined");
        stdout(id, "dd", "if=/dev/zero", "of=/dev/vdb", "bs=64k", "count=16", "conv=fsync");
        Response restart = api.post("/machines/" + id + "/restart");
        assertThat(restart.status()).isEqualTo(502);
        assertThat(restart.code()).isEqualTo("MACHINE_FAILED");
        assertThat(restart.message()).contains("hyperfleet-agent: mount /dev/vdb on /scratch");
        assertThat(api.status(id)).isEqualTo("failed");
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    private String stdout(String id, String... command) {
        Response answer = api.exec(id, command);
        assertThat(answer.status()).as(answer::message).isEqualTo(200);
        assertThat(answer.json().get("exit_code").asInt())
                .as(() -> answer.field("stderr"))
                .isZero();
        return answer.field("stdout").strip();
    }

    private void remove(String id) {
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }
}
