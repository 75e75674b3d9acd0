package dev.hyperfleet.host.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.host.AgentChannel;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.network.NetworkPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

/** The server's side of protocol/shim; the shim's is shim/protocol_test.go. */
class ShimFormatTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final MachineFiles FILES =
            new MachineLayout(Path.of("/var/lib/hyperfleet/machines"), Path.of("/run/hyperfleet")).of(ID);
    private static final List<String> QEMU = List.of("qemu-system-x86_64", "-M", "microvm");
    private static final List<Path> SOCKETS = List.of(FILES.vmmSocket(), FILES.agentSocket());
    private static final long FILE_SIZE = 1L << 40;
    private static final Launch.Limits QEMU_LIMITS = new Launch.Limits(1_610_612_736, FILE_SIZE, Optional.empty());
    private static final NetworkPlan TAP = network(
            Optional.empty(),
            List.of(),
            Optional.of("table inet machine {}"),
            Optional.of(new NetworkPlan.Pair("hf-" + ID.value(), "10.213.0.1", "10.213.0.2")));

    @TempDir
    Path folder;

    @Test
    void aLaunchWithAUserNetworkIsWrittenAsInTheProtocol() throws IOException {
        NetworkPlan network = network(
                Optional.of("/usr/bin/slirp4netns"),
                List.of("10.0.0.0/8", "192.168.0.0/16"),
                Optional.empty(),
                Optional.empty());
        Launch launch = new Launch(QEMU, SOCKETS, network, QEMU_LIMITS, Optional.empty(), Optional.empty(), List.of());
        assertWritten("v1/launch-user-network.json", launch, 1);
    }

    @Test
    void aLaunchWithATapIsWrittenAsInTheProtocol() throws IOException {
        Launch launch = new Launch(QEMU, SOCKETS, TAP, QEMU_LIMITS, Optional.empty(), Optional.empty(), List.of());
        assertWritten("v1/launch-tap.json", launch, 2);
    }

    @Test
    void aLaunchInAJailIsWrittenAsInTheProtocol() throws IOException {
        Path jail = Path.of("/var/lib/hyperfleet/jails", ID.value());
        Path root = jail.resolve("firecracker").resolve(ID.value()).resolve("root");
        ControlGroup group = new ControlGroup(
                Path.of("/sys/fs/cgroup/hyperfleet-x", ID.value()),
                Map.of("memory.max", "402653184", "pids.max", "32"),
                Map.of("memory.zswap.max", "0"));
        Launch launch = new Launch(
                List.of("/usr/bin/jailer", "--id", ID.value()),
                List.of(),
                TAP,
                new Launch.Limits(0, FILE_SIZE, Optional.of(group)),
                Optional.of(new Launch.Jail(
                        jail,
                        root,
                        900_000,
                        List.of(
                                new Launch.JailedFile(Path.of("/var/lib/hyperfleet/images/vmlinux"), "kernel", false),
                                new Launch.JailedFile(FILES.emptyDisk(), "disk", true)))),
                Optional.of(new Launch.Relays(root, true)),
                List.of("reboot: Power down"));
        assertWritten("v1/launch-jail.json", launch, 3);
    }

    private void assertWritten(String example, Launch launch, long run) throws IOException {
        Path file = folder.resolve("launch.json");
        LaunchFile.of(FILES, launch, run).write(file);
        assertThat(ShimFormat.JSON.readTree(file)).isEqualTo(ProtocolExamples.json(example));
    }

    private static NetworkPlan network(
            Optional<String> uplink,
            List<String> unreachable,
            Optional<String> filter,
            Optional<NetworkPlan.Pair> pair) {
        return new NetworkPlan(
                new NetworkAttachment("172.16.0.2", "02:00:00:00:00:01", true, Optional.empty(), Optional.empty()),
                "172.16.0.1",
                Optional.empty(),
                uplink,
                unreachable,
                filter,
                pair);
    }

    @Test
    void theAgentIsExpectedOnThePortThatItListensOn() throws IOException {
        assertThat(LaunchFile.AGENT_PORT)
                .isEqualTo(AgentChannel.agreed().get("vsock_port").asInt());
    }

    @Test
    void exitRecordsAreReadWithEachOfTheirFields() throws IOException {
        assertThat(exit("v1/exit-status.json")).isEqualTo(new ExitRecord(1, 1L, 7, null, false, null));
        assertThat(exit("v1/exit-signal.json")).isEqualTo(new ExitRecord(1, 2L, 0, "SIGSEGV", false, null));
        assertThat(exit("v1/exit-killed.json"))
                .isEqualTo(new ExitRecord(1, 3L, 0, "SIGKILL", true, "the network's uplink has ended"));
    }

    @Test
    void anExitRecordOfAnOlderReleaseIsRead() throws IOException {
        ExitRecord record = exit("v0/exit.json");
        assertThat(record).isEqualTo(new ExitRecord(null, null, 0, "SIGKILL", true, "the network's uplink has ended"));
        assertThat(record.isOf(0)).isTrue();
    }

    private static ExitRecord exit(String example) throws IOException {
        return ExitRecord.read(FILES, ProtocolExamples.read(example).getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v0/greeting.json", "v1/greeting.json"})
    void aGreetingIsReadWithEachOfItsFields(String example) throws IOException {
        byte[] line = ProtocolExamples.line(example).getBytes(StandardCharsets.UTF_8);
        assertThat(ShimFormat.read("It", line, Greeting.class).identity())
                .isEqualTo(new ProcessIdentity(4242, 123_456, "3c2a1b0e-5d4f-4e6a-8b7c-9d0e1f2a3b4c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "0", "-1", "1.5", "\"1\"", "null", "18446744073709551617", "{}"})
    void anUnknownVersionIsRefusedWithWhatToDo(String version) {
        byte[] content = "{\"version\":%s,\"new\":true}".formatted(version).getBytes(StandardCharsets.UTF_8);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> ExitRecord.read(FILES, content))
                .withMessage(
                        "The exit record in /var/lib/hyperfleet/machines/abcdefghijkl has version %s, this server supports version 1: a shim of another release runs the machine. Start the server of that release, and stop the machine with it",
                        version)
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNSUPPORTED));
    }

    @Test
    void anUnknownFieldIsRefused() throws IOException {
        byte[] content = ProtocolExamples.read("v1/exit-status.json")
                .replace("{", "{\"new\":true,")
                .getBytes(StandardCharsets.UTF_8);
        assertThatExceptionOfType(JacksonException.class)
                .isThrownBy(() -> ExitRecord.read(FILES, content))
                .withMessageContaining("Unrecognized property \"new\"");
    }
}
