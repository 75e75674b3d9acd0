package dev.hyperfleet.host.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.network.NetworkPlan;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ShimSupervisorTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final String GREETING = "{\"version\":1,\"pid\":42,\"start_time\":7,\"boot_id\":\"b\"}\n";

    private final Path shim;
    private final MachineFiles files;
    private final ShimSupervisor supervisor;
    private final BlockingQueue<SocketChannel> controls = new LinkedBlockingQueue<>();

    ShimSupervisorTest(@TempDir Path folder) {
        MachineLayout layout = new MachineLayout(folder.resolve("machines"), folder.resolve("sockets"));
        files = layout.of(ID);
        shim = folder.resolve("shim");
        supervisor = new ShimSupervisor(new Shim(shim), layout);
    }

    @BeforeEach
    void makeFolders() {
        Folders.create(files.directory());
        Folders.create(files.socketDirectory());
    }

    @Test
    void aStartThatFailsSaysWhatTheShimSaid() throws IOException {
        shim("echo 'find the VMM: no such file' >&2; exit 1");
        failed("The VMM could not be started: find the VMM: no such file");
    }

    @Test
    void aVmmThatHasEndedBeforeAnyoneCouldLookSaysHow() throws IOException {
        Files.writeString(files.consoleLog(), "last words\n");
        Files.writeString(
                files.exitRecord(),
                "{\"version\":1,\"run\":1,\"exit_code\":1,\"killed\":false,\"ended_at\":\"2026-01-01T00:00:00Z\"}");
        shim("exit 0");
        failed("The VMM exited with status 1.\nLast lines of the console:\nlast words");
    }

    @Test
    void aVmmIsFoundAgainAndKilledAndTellsItsEnd() throws IOException {
        try (ServerSocketChannel listener = listen();
                ShimConnection vmm = connected(listener)) {
            assertThat(vmm.identity()).isEqualTo(new ProcessIdentity(42, 7, "b"));
            try (SocketChannel control = accepted()) {
                vmm.kill();
                String expected = ProtocolExamples.read("v1/order-kill.txt");
                ByteBuffer order = ByteBuffer.allocate(expected.length());
                while (order.hasRemaining() && control.read(order) >= 0) {
                    // Until all of it has come.
                }
                assertThat(order.array()).asString().isEqualTo(expected);
                assertThat(vmm.exit()).isNotDone();
                say(control, ProtocolExamples.line("v1/exit-killed.json"));
                assertThat(vmm.exit()).succeedsWithin(LONG).satisfies(exit -> {
                    assertThat(exit.signal()).contains("SIGKILL");
                    assertThat(exit.killed()).isTrue();
                });
            }
        }
    }

    @Test
    void aShimThatWasKilledIsTheEndOfItsVmmAndWhatIsLeftIsReaped() throws IOException {
        Path asked = shim.resolveSibling("asked");
        shim("echo \"$@\" > " + asked);
        try (ServerSocketChannel listener = listen();
                ShimConnection vmm = connected(listener)) {
            accepted().close();
            assertThat(vmm.exit())
                    .succeedsWithin(LONG)
                    .extracting(VmmExit::reason)
                    .isEqualTo(Optional.of("its supervisor was killed"));
            assertThat(asked)
                    .hasContent("reap %s %d %d"
                            .formatted(
                                    files.directory(),
                                    vmm.identity().pid(),
                                    vmm.identity().startTime()));
        }
    }

    @Test
    void whatCannotBeReapedIsSaid() throws IOException {
        shim("echo 'remove the jail: it is stuck' >&2; exit 1");
        try (ServerSocketChannel listener = listen();
                ShimConnection vmm = connected(listener)) {
            accepted().close();
            assertThat(vmm.exit())
                    .succeedsWithin(LONG)
                    .satisfies(exit -> assertThat(exit.reason().orElseThrow())
                            .contains("its supervisor was killed", "remove the jail: it is stuck"));
        }
    }

    @Test
    void aVmmOfAnOlderReleaseIsFoundAndItsEndIsTold() throws IOException {
        Files.writeString(files.launchFile(), ProtocolExamples.read("v0/launch.json"));
        Files.writeString(files.exitRecord(), ProtocolExamples.read("v0/exit.json"));
        try (ServerSocketChannel listener = listen();
                ShimConnection vmm = connected(listener, ProtocolExamples.line("v0/greeting.json"));
                SocketChannel control = accepted()) {
            assertThat(vmm.identity().pid()).isEqualTo(4242);
            say(control, ProtocolExamples.line("v0/exit.json"));
            assertThat(vmm.exit())
                    .succeedsWithin(LONG)
                    .extracting(VmmExit::reason)
                    .isEqualTo(Optional.of("the network's uplink has ended"));
            assertThat(supervisor.lastExit(ID).signal()).contains("SIGKILL");
        }
    }

    @Test
    void aVmmOfALaterReleaseIsRefusedWithWhatToDoAndRunsOn() throws IOException {
        Path asked = shim.resolveSibling("asked");
        shim("echo \"$@\" > " + asked);
        try (ServerSocketChannel listener = listen()) {
            greet(listener, "{\"version\":2,\"what\":\"ever\"}\n");
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(supervisor::adopt)
                    .withMessageContaining("has version 2, this server supports version 1")
                    .withMessageContaining("Start the server of that release, and stop the machine with it")
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNSUPPORTED));
            assertThat(asked).doesNotExist();
        }
    }

    @Test
    void anExitRecordOfALaterReleaseIsSaidToBeOne() throws IOException {
        Files.writeString(files.exitRecord(), "{\"version\":2,\"run\":1}");
        assertThat(supervisor.lastExit(ID).describe())
                .contains("The exit record in %s has version 2".formatted(files.directory()));
    }

    @Test
    void aSocketThatNobodyListensOnBelongsToNoVmm() throws IOException {
        listen().close(); // the file stays, as when a shim was killed
        assertThat(supervisor.adopt()).isEmpty();
        assertThat(supervisor.lastExit(ID).describe()).contains("it and its supervisor are gone");
    }

    private ServerSocketChannel listen() throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(files.supervisorSocket()));
        return listener;
    }

    private ShimConnection connected(ServerSocketChannel listener) {
        return connected(listener, GREETING);
    }

    /** A shim that sends this line to its first client. */
    private void greet(ServerSocketChannel listener, String line) {
        var _ = Thread.ofVirtual().start(() -> {
            try {
                SocketChannel control = listener.accept();
                say(control, line);
                controls.add(control);
            } catch (IOException closed) {
                // The test has ended.
            }
        });
    }

    private ShimConnection connected(ServerSocketChannel listener, String greeting) {
        greet(listener, greeting);
        Map<MachineId, ShimConnection> found = supervisor.adopt();
        assertThat(found).containsOnlyKeys(ID);
        return found.values().iterator().next();
    }

    /** The shim's end of the connection. */
    private SocketChannel accepted() {
        try {
            return controls.take();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static void say(SocketChannel control, String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            control.write(bytes);
        }
    }

    private void shim(String script) throws IOException {
        Files.writeString(shim, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(shim, PosixFilePermissions.fromString("rwx------"));
    }

    private void failed(String message) {
        Launch launch = new Launch(
                List.of("qemu", "-M", "microvm"),
                List.of(Path.of("/s/vmm.sock")),
                new NetworkPlan(
                        new NetworkAttachment(
                                "172.16.0.2", "AA:FC:00:00:00:01", true, Optional.empty(), Optional.empty()),
                        "172.16.0.1",
                        Optional.empty(),
                        Optional.of("/usr/bin/slirp4netns"),
                        List.of("10.0.0.0/8"),
                        Optional.empty(),
                        Optional.empty()),
                new Launch.Limits(5_000_000_000L, 6, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                List.of());
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> supervisor.launch(ID, launch))
                .withMessageContaining(message)
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.MACHINE_FAILED));
    }
}
