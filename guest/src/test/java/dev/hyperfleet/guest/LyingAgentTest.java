package dev.hyperfleet.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.FileContent;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestPath;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.guest.ProcessOutput;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.ReadOptions;
import dev.hyperfleet.core.guest.TerminalSize;
import dev.hyperfleet.guest.v1.ConnectRequest;
import dev.hyperfleet.guest.v1.ConnectResponse;
import dev.hyperfleet.guest.v1.PortsGrpc.PortsImplBase;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent that speaks the protocol, and lies. Whatever it sends, every call ends in time, with a result or with a
 * typed error. HYPERFLEET_TEST_FUZZ_ROUNDS and HYPERFLEET_TEST_FUZZ_SEED set the number of rounds and the seed.
 */
class LyingAgentTest {
    private static final MachineId ID = new MachineId("guest0000000");
    private static final int ROUNDS = Integer.parseInt(setting("HYPERFLEET_TEST_FUZZ_ROUNDS", "12"));
    private static final long SEED = Long.parseLong(setting("HYPERFLEET_TEST_FUZZ_SEED", "1"));
    private static final Duration AT_THE_LATEST = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final GuestPath PATH = GuestPath.of("/a/file");
    private static final ProcessSpec COMMAND = ProcessSpec.command(Duration.ofSeconds(1), "true");
    private static final int MAX_READ = 1 << 20;

    private final AgentSockets sockets;
    private final GrpcGuestConnector connector;

    LyingAgentTest(@TempDir Path folder) {
        sockets = new AgentSockets(folder);
        connector = new GrpcGuestConnector(sockets::of, new SecureRandom());
    }

    @AfterEach
    void close() {
        connector.close();
    }

    private static String setting(String name, String otherwise) {
        return Optional.ofNullable(System.getenv(name)).orElse(otherwise);
    }

    /** A request of the control plane to a guest. */
    private interface Question {
        void ask(Guest guest) throws IOException;
    }

    private static Map<String, Question> questions() {
        Map<String, Question> all = new LinkedHashMap<>();
        all.put("ready", guest -> guest.awaitReady(SHORT));
        all.put("metrics", guest -> assertThat(guest.metrics().memoryTotal()).isNotNegative());
        all.put("clock", guest -> guest.setClock(Clock.systemUTC(), Duration.ZERO, SHORT));
        all.put("shutdown", guest -> guest.shutdown(SHORT));
        all.put("busy", guest -> {
            try (var watch = guest.watchBusy()) {
                for (int count = 0; count < 10; count++) {
                    watch.next();
                }
            }
        });
        all.put(
                "start",
                guest -> assertThat(guest.processes().start(COMMAND).id()).matches("[a-z0-9]{12}"));
        all.put("processes", guest -> guest.processes().list());
        all.put("process", guest -> guest.processes().get("process00000"));
        all.put("signal", guest -> guest.processes().signal("process00000", 15));
        all.put("resize", guest -> guest.processes().resize("process00000", new TerminalSize(24, 80)));
        all.put("kill", guest -> guest.processes().kill("process00000"));
        all.put("exec", guest -> Exec.run(guest.processes(), COMMAND));
        all.put("attach", LyingAgentTest::attach);
        all.put("stat", guest -> guest.files().stat(PATH, true));
        all.put(
                "list",
                guest -> assertThat(
                                guest.files().list(PATH, 1, 2, Optional.empty()).entries())
                        .hasSizeLessThanOrEqualTo(2));
        all.put("read", guest -> drain(guest.files().read(PATH, 0, 0, Optional.empty())));
        all.put("read tree", guest -> drain(guest.files().readTree(PATH)));
        GuestFiles.WriteOptions options =
                new GuestFiles.WriteOptions(OptionalInt.empty(), Optional.empty(), false, Optional.empty(), false);
        all.put("write", guest -> guest.files().write(PATH, options, new ByteArrayInputStream(new byte[300_000])));
        all.put("write tree", guest -> guest.files().writeTree(PATH, options, new ByteArrayInputStream(new byte[9])));
        all.put("make folder", guest -> guest.files().makeFolder(PATH, OptionalInt.of(0755), Optional.empty(), true));
        all.put("move", guest -> guest.files().move(PATH, GuestPath.of("/b"), true));
        all.put("copy", guest -> guest.files().copy(PATH, GuestPath.of("/b"), true));
        all.put("mode", guest -> guest.files().changeMode(PATH, OptionalInt.of(0600), Optional.empty(), true));
        all.put("remove", guest -> guest.files().remove(PATH, true, Optional.empty()));
        all.put("watch", guest -> {
            try (var watch = guest.files().watch(PATH, true)) {
                for (int count = 0; count < 10 && !watch.isOver(); count++) {
                    watch.next(SHORT);
                }
            }
        });
        all.put("connect", LyingAgentTest::talk);
        all.put("await listener", guest -> guest.ports().awaitListener(80, SHORT));
        return all;
    }

    /** A write that may wait as long as the agent does not read, and ends with its connection. */
    private interface Writing {
        void write() throws IOException;
    }

    private static Thread begin(Writing writing) {
        return Thread.ofVirtual().start(() -> {
            try {
                writing.write();
            } catch (HyperfleetException | IOException refused) {
                // The reader gets the reason.
            }
        });
    }

    private static void assertEnded(Thread writer) {
        try {
            assertThat(writer.join(AT_THE_LATEST)).as("the writer has ended").isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static void attach(Guest guest) {
        Attachment attachment = guest.processes().attach("process00000", ReadOptions.ALL);
        Thread writer = begin(() -> attachment.write(new byte[1000]));
        try (attachment) {
            Optional<ProcessOutput> output;
            do {
                output = attachment.next(SHORT);
            } while (output.isPresent() && !(output.get() instanceof ProcessOutput.End));
        } finally {
            assertEnded(writer);
        }
    }

    private static void drain(FileContent content) throws IOException {
        try (content) {
            assertThat(content.entry().version()).matches("[0-9a-f-]{1,100}"); // it becomes a header
            var _ = content.bytes().readNBytes(MAX_READ);
        }
    }

    private static void talk(Guest guest) throws IOException {
        PortConnection connection = guest.ports().connect(80, SHORT);
        Thread writer = begin(() -> connection.write(new byte[1000], 0, 1000));
        try (connection) {
            byte[] buffer = new byte[100_000];
            for (int count = 0; count >= 0; ) {
                count = connection.read(buffer, 0, buffer.length, SHORT);
            }
            assertThat(connection.isQuiet()).isFalse();
        } finally {
            assertEnded(writer);
        }
    }

    @Test
    void everyCallEndsInTimeWithAResultOrATypedError() {
        for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
            Random random = new Random(seed);
            MachineId id = new MachineId("liar%08d".formatted(seed % 100_000_000));
            try (GrpcAgent _ = GrpcAgent.of(id, sockets, LyingServices.of(random));
                    Guest guest = connector.connect(id)) {
                for (Map.Entry<String, Question> question : questions().entrySet()) {
                    String asked = "%s, seed %d".formatted(question.getKey(), seed);
                    assertTimeoutPreemptively(
                            AT_THE_LATEST, () -> assertEnds(question.getValue(), guest, asked), asked);
                }
            }
        }
    }

    /**
     * All calls to an agent that accepts calls and never answers; concurrently, since each waits its whole deadline.
     */
    @Test
    void aSilentAgentIsNotWaitedForLongerThanTheDeadline() throws Exception {
        List<String> tenMinutes = List.of("write", "write tree", "move", "copy", "mode", "remove");
        try (GrpcAgent _ = GrpcAgent.of(ID, sockets, LyingServices.mute());
                Guest guest = connector.connect(ID);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<String, Question> all = questions();
            all.keySet().removeAll(tenMinutes); // the time for a large folder
            all.remove("busy"); // it waits as long as its machine runs
            List<Future<?>> answers = new ArrayList<>();
            all.forEach((asked, question) -> answers.add(threads.submit(() -> assertEnds(question, guest, asked))));
            for (Future<?> answer : answers) {
                answer.get(AT_THE_LATEST.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    /** A connection to a guest that sends as fast as it can: no more is buffered than a window ahead of the reader. */
    @Test
    void whatNobodyReadsIsNotCollected() throws IOException {
        ByteString piece = ByteString.copyFrom(new byte[60_000]);
        AtomicLong sent = new AtomicLong();
        PortsImplBase flood = new PortsImplBase() {
            @Override
            public StreamObserver<ConnectRequest> connect(StreamObserver<ConnectResponse> observer) {
                var call = (ServerCallStreamObserver<ConnectResponse>) observer;
                call.onNext(ConnectResponse.newBuilder()
                        .setOpened(ConnectResponse.Opened.getDefaultInstance())
                        .build());
                call.setOnReadyHandler(() -> {
                    while (call.isReady()) {
                        call.onNext(ConnectResponse.newBuilder().setData(piece).build());
                        sent.addAndGet(piece.size());
                    }
                });
                return new LyingServices.Ignored<>();
            }
        };
        try (GrpcAgent _ = GrpcAgent.of(ID, sockets, List.of(flood.bindService()));
                Guest guest = connector.connect(ID);
                PortConnection connection = guest.ports().connect(80, AT_THE_LATEST)) {
            byte[] buffer = new byte[1000];
            for (long read = 0; read < 4 << 20; ) {
                read += connection.read(buffer, 0, buffer.length, AT_THE_LATEST);
                assertThat(sent.get()).isLessThan(read + (2 << 20));
            }
        }
    }

    /** Anything but a result or an error of these types is a bug. */
    private static void assertEnds(Question question, Guest guest, String asked) {
        try {
            question.ask(guest);
        } catch (HyperfleetException failure) {
            assertThat(failure.code()).as(asked).isNotIn(ErrorCode.INTERNAL_ERROR, ErrorCode.UNAUTHORIZED);
            assertThat(failure.getMessage()).as(asked).hasSizeLessThan(1000).doesNotContain("\u202e", "\u0007");
            assertThat(UTF_8.newEncoder().canEncode(failure.getMessage()))
                    .as(asked)
                    .isTrue();
        } catch (IOException broken) {
            assertThat(broken.getMessage()).as(asked).isNotBlank();
        }
    }
}
