package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Machines with the shim and the agent of the last release, 0.1, whose source is in tests/releases. A server of that
 * release is not needed: a script between this one and the shim converts the launch file to the format of 0.1.
 */
@DisabledIfEnvironmentVariable(
        named = "HYPERFLEET_VMM",
        matches = "firecracker",
        disabledReason = "the script knows the launch files of QEMU")
class ReleaseTest {
    private static final Path RELEASE = TestHome.PROJECT.resolve("tests/target/releases/0.1.0");
    private static final Path SHIM = TestHome.HOME.resolve("bin/shim");

    private static final String AS_0_1 =
            "s/\"version\":1,//; s/\"run\":[0-9]*,//; s/\"confinement\":\"namespaces\"/\"isolate\":true/";

    private final Path state;
    private final Path folder;

    ReleaseTest(@TempDir Path state, @TempDir Path folder) {
        this.state = state;
        this.folder = folder;
    }

    @Test
    void machinesOfTheLastReleaseAreAdoptedAndServed() throws IOException {
        String id;
        String boot;
        try (ServerProcess old = lastRelease()) {
            id = old.api().run("survivor");
            boot = boot(old.api(), id);
            assertThat(launchFile(id).propertyNames()).contains("isolate").doesNotContain("version", "run");
            old.kill();
        }
        try (ServerProcess server = ServerProcess.start(state)) {
            Api api = server.api();
            assertThat(actions(api)).containsExactly("adopted");
            assertThat(boot(api, id)).isEqualTo(boot);
            assertThat(api.put("/machines/" + id + "/files?path=/root/f", "kept".getBytes(StandardCharsets.US_ASCII))
                            .status())
                    .isEqualTo(200);
            assertThat(api.post("/machines/" + id + "/pause").field("status")).isEqualTo("paused");
            assertThat(api.post("/machines/" + id + "/resume").field("status")).isEqualTo("running");
            assertThat(api.post("/machines/" + id + "/stop").field("status")).isEqualTo("stopped");
            // Its image still has the agent of 0.1, its next supervisor is this release's.
            assertThat(api.post("/machines/" + id + "/start").field("status")).isEqualTo("running");
            assertThat(launchFile(id).get("version").asInt()).isEqualTo(1);
            assertThat(api.exec(id, "cat", "/root/f").field("stdout")).isEqualTo("kept");
        }
        Leftovers.assertNone(state);
    }

    @Test
    void endsThatTheNewServerHasNotSeenAreKnownAndWhatTheyHaveLeftIsRemoved() throws Exception {
        String recorded;
        String unrecorded;
        try (ServerProcess old = lastRelease()) {
            recorded = old.api().run("vmm-dies");
            unrecorded = old.api().run("shim-dies");
            ProcessHandle vmm = vmm(old.api(), recorded);
            ProcessHandle shim = vmm.parent().orElseThrow();
            ProcessHandle orphan = vmm(old.api(), unrecorded);
            old.kill();
            vmm.destroyForcibly();
            shim.onExit().get(); // then its record is written
            orphan.parent().orElseThrow().destroyForcibly();
            orphan.onExit().get();
        }
        try (ServerProcess server = ServerProcess.start(state)) {
            Api api = server.api();
            assertThat(actions(api)).containsExactly("end_recorded", "end_recorded");
            assertThat(api.get("/machines/" + recorded).field("error_message"))
                    .startsWith("The VMM was killed by SIGKILL.");
            assertThat(api.get("/machines/" + unrecorded).field("error_message"))
                    .contains("it and its supervisor are gone");
            assertThat(api.post("/machines/" + unrecorded + "/start").field("status"))
                    .isEqualTo("running");
        }
        Leftovers.assertNone(state);
    }

    @Test
    void aServerOfTheLastReleaseIsToldByThisShimToBeRestarted() throws IOException {
        try (ServerProcess old = ServerProcess.start(state, Map.of("HYPERFLEET_SHIM_PATH", as01(SHIM)))) {
            Api api = old.api();
            String id = api.create("too-new");
            Response start = api.post("/machines/" + id + "/start");
            assertThat(start.code()).isEqualTo("MACHINE_FAILED");
            assertThat(start.message())
                    .contains("it has no version, so the server that wrote it is from an older release than this shim")
                    .contains("restart the server");
        }
        Leftovers.assertNone(state);
    }

    @Test
    void aServerDoesNotStartWhileAShimOfALaterReleaseRunsAndHarmsNothing() throws IOException {
        String id;
        String boot;
        try (ServerProcess first = ServerProcess.start(state)) {
            id = first.api().run("later");
            boot = boot(first.api(), id);
            first.kill();
        }
        Path socket = shimSocket();
        Path aside = socket.resolveSibling("aside.sock");
        Files.move(socket, aside);
        try (ServerSocketChannel later = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            later.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> greet(later));
            assertThatThrownBy(() -> ServerProcess.start(state).close())
                    .hasMessageContaining(id)
                    .hasMessageContaining("has version 2, this server supports version 1")
                    .hasMessageContaining("Start the server of that release, and stop the machine with it");
        }
        Files.move(aside, socket, StandardCopyOption.REPLACE_EXISTING);
        try (ServerProcess server = ServerProcess.start(state)) {
            assertThat(actions(server.api())).containsExactly("adopted");
            assertThat(boot(server.api(), id)).isEqualTo(boot);
        }
        Leftovers.assertNone(state);
    }

    private Path shimSocket() throws IOException {
        try (Stream<Path> files = Files.walk(state)) {
            return files.filter(file -> file.endsWith("shim.sock")).findFirst().orElseThrow();
        }
    }

    private static void greet(ServerSocketChannel later) {
        try (SocketChannel control = later.accept()) {
            control.write(StandardCharsets.US_ASCII.encode("{\"version\":2,\"vmm\":{}}\n"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A server whose machines have the shim and the agent of the last release. */
    private ServerProcess lastRelease() throws IOException {
        Path shim = RELEASE.resolve("shim");
        Path initramfs = RELEASE.resolve("initramfs");
        assertThat(initramfs).as("built by tests/releases/build").exists();
        return ServerProcess.start(
                state, Map.of("HYPERFLEET_SHIM_PATH", as01(shim), "HYPERFLEET_INITRD_PATH", initramfs.toString()));
    }

    /** A script that runs a shim with launch files as 0.1 wrote them. */
    private String as01(Path shim) throws IOException {
        Path script = folder.resolve("shim");
        Files.writeString(
                script,
                "#!/bin/sh\n[ \"$1\" != launch ] || sed -i '%s' \"$2/launch.json\"\nexec %s \"$@\"\n"
                        .formatted(AS_0_1, shim));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private JsonNode launchFile(String id) {
        return JsonMapper.shared()
                .readTree(state.resolve("machines").resolve(id).resolve("launch.json"));
    }

    private static ProcessHandle vmm(Api api, String id) {
        long pid = api.get("/machines/" + id).json().get("pid").asLong();
        return ProcessHandle.of(pid).orElseThrow();
    }

    private static String boot(Api api, String id) {
        return api.exec(id, "cat", "/proc/sys/kernel/random/boot_id").field("stdout");
    }

    /** The recovery steps of the server's start for each machine. */
    private static List<String> actions(Api api) {
        return api.get("/recovery")
                .json()
                .get("steps")
                .valueStream()
                .map(step -> step.get("action").asString())
                .toList();
    }
}
