package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A guest is a usual Linux: docs/guest.md. The root file system of the tests is busybox and nothing else. */
class GuestTest {
    @TempDir
    Path state;

    private ServerProcess server;
    private Api api;
    private String id;

    @BeforeEach
    void startMachine() throws IOException {
        server = ServerProcess.start(state);
        api = server.api();
        id = api.run("guest");
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private List<String> lines(String script) {
        Response answer = api.exec(id, "sh", "-c", script);
        assertThat(answer.status()).as(answer.message()).isEqualTo(200);
        assertThat(answer.field("stderr")).isEmpty();
        return answer.field("stdout").lines().toList();
    }

    private JsonNode await(String status) {
        Response answer = api.get("/machines/%s/wait?status=%s".formatted(id, status));
        assertThat(answer.status()).as(answer.message()).isEqualTo(200);
        return answer.json();
    }

    private String boot() {
        return lines("cat /proc/sys/kernel/random/boot_id").getFirst();
    }

    /** Runs a command that ends the machine, so late that the response is not lost and a wait has begun. */
    private void endBy(String command) {
        api.start(id, Map.of(), "sh", "-c", "sleep 2; " + command);
    }

    @Test
    void aProcessFindsTheUsualDevicesMountsAndLimits() {
        assertThat(lines("echo in | cat /dev/stdin; echo out > /dev/stdout; echo fd > /dev/fd/1"))
                .containsExactly("in", "out", "fd");
        assertThat(lines("stat -c %a /tmp /dev/shm /run/lock; stat -c %A /dev/full /dev/random /dev/urandom /dev/ptmx"))
                .containsExactly("1777", "1777", "1777", "crw-rw-rw-", "crw-rw-rw-", "crw-rw-rw-", "crw-rw-rw-");
        assertThat(lines("cut -d ' ' -f 2,3 /proc/mounts"))
                .contains(
                        "/ overlay",
                        "/dev devtmpfs",
                        "/dev/pts devpts",
                        "/dev/shm tmpfs",
                        "/dev/mqueue mqueue",
                        "/proc proc",
                        "/run tmpfs",
                        "/sys sysfs",
                        "/sys/fs/cgroup cgroup2");
        assertThat(lines("ulimit -Sn; ulimit -Hn; ulimit -l; ulimit -Sc; ulimit -Hc"))
                .containsExactly("1024", "1048576", "8192", "0", "unlimited");
    }

    /** The first is our own program; busybox has no such. The others are busybox's. */
    @ParameterizedTest
    @ValueSource(strings = {"shutdown -h now", "poweroff", "halt"})
    void aPowerOffStopsTheMachine(String command) {
        endBy(command);
        assertThat(await("stopped,failed").get("restart").get("next_at").isNull())
                .isTrue();
        assertThat(api.status(id)).isEqualTo("stopped");
    }

    /** As under Firecracker, whose guests have no other way to end. */
    @Test
    void aPowerOffByAResetIsNoReboot() throws IOException {
        server.close();
        server = ServerProcess.start(
                state,
                Map.of("HYPERFLEET_KERNEL_ARGS", "console=ttyS0 reboot=k panic=1 pci=off hyperfleet.poweroff=reset"));
        api = server.api();
        id = api.run("reset");
        endBy("poweroff");
        assertThat(await("stopped").get("restart").get("next_at").isNull()).isTrue();
        assertThat(new String(api.get("/machines/" + id + "/logs?tail=5").body(), StandardCharsets.UTF_8))
                .contains("Restarting system with command 'power off'");
    }

    @Test
    void ourProgramsTakeTheNamesThatTheRootHasNot() {
        var _ = lines("rm /bin/poweroff /bin/reboot");
        assertThat(api.post("/machines/" + id + "/restart").status()).isEqualTo(200);
        assertThat(lines("for name in poweroff reboot halt; do readlink $(which $name); done"))
                .containsExactly("/proc/1/exe", "/proc/1/exe", "busybox");
        String first = boot();
        endBy("reboot");
        await("stopped");
        await("running");
        assertThat(boot()).isNotEqualTo(first);
        endBy("poweroff");
        assertThat(await("stopped").get("restart").get("next_at").isNull()).isTrue();
    }

    /** Our own program, busybox's, and the system call. */
    @ParameterizedTest
    @ValueSource(strings = {"shutdown -r now", "reboot", "reboot -f"})
    void aRebootStartsTheMachineAgain(String command) {
        var _ = lines("echo kept > /root/file");
        String first = boot();
        endBy(command);
        await("stopped");
        await("running");
        assertThat(boot()).isNotEqualTo(first);
        assertThat(lines("cat /root/file")).as("a reboot keeps the disk").containsExactly("kept");
    }

    @Test
    void aRebootThatNoServerHasSeenIsMadeUpForByTheNext() throws Exception {
        String first = boot();
        ProcessHandle vmm = ProcessHandle.of(
                        api.get("/machines/" + id).json().get("pid").asLong())
                .orElseThrow();
        endBy("reboot");
        server.kill();
        vmm.onExit().join();
        server = ServerProcess.start(state);
        api = server.api();
        await("running");
        assertThat(boot()).isNotEqualTo(first);
    }
}
