package dev.hyperfleet.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.ExecResult;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ProcessOutput;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.ReadOptions;
import dev.hyperfleet.core.guest.TerminalSize;
import dev.hyperfleet.guest.v1.AttachRequest;
import dev.hyperfleet.guest.v1.AttachResponse;
import dev.hyperfleet.guest.v1.Ending;
import dev.hyperfleet.guest.v1.Input;
import dev.hyperfleet.guest.v1.ListProcessesRequest;
import dev.hyperfleet.guest.v1.ListProcessesResponse;
import dev.hyperfleet.guest.v1.Process;
import dev.hyperfleet.guest.v1.ProcessesGrpc.ProcessesImplBase;
import dev.hyperfleet.guest.v1.StartRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Processes of a correct agent, and of an incorrect one. */
@Timeout(60)
class GrpcProcessesTest {
    private static final MachineId ID = new MachineId("guest0000000");
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int LIMIT = ExecResult.OUTPUT_LIMIT_BYTES;
    private static final int PIECE = 64 << 10;
    private static final ProcessSpec COMMAND = ProcessSpec.command(Duration.ofSeconds(5), "echo", "hello");

    private final AgentSockets sockets;
    private final GrpcGuestConnector connector;

    GrpcProcessesTest(@TempDir Path folder) {
        sockets = new AgentSockets(folder);
        connector = new GrpcGuestConnector(sockets::of, new SecureRandom());
    }

    @AfterEach
    void close() {
        connector.close();
    }

    @Test
    void aCommandGoesToTheAgentAsItIsAndItsResultComesBack() throws Exception {
        BlockingQueue<AttachRequest.Open> asked = new LinkedBlockingQueue<>();
        ProcessSpec spec = new ProcessSpec(
                List.of("cat", "-"),
                Map.of("NAME", "value"),
                Optional.of("/tmp"),
                Optional.of("nobody"),
                ProcessSpec.Input.DATA,
                "input".getBytes(UTF_8),
                Optional.of(new TerminalSize(24, 80)),
                Optional.of(Duration.ofSeconds(7)),
                Optional.of("tag"),
                true,
                false);
        with(
                playing((open, observer) -> {
                    asked.add(open);
                    begin(observer);
                    GrpcAgent.send(observer, GrpcAgent.output(0, "out"));
                    GrpcAgent.send(
                            observer,
                            AttachResponse.newBuilder()
                                    .setOutput(AttachResponse.Output.newBuilder()
                                            .setStream(dev.hyperfleet.guest.v1.Stream.STDERR)
                                            .setOffset(3)
                                            .setData(ByteString.copyFromUtf8("err"))));
                    GrpcAgent.send(
                            observer,
                            AttachResponse.newBuilder()
                                    .setEnd(GrpcAgent.process(9)
                                            .setEnding(Ending.newBuilder()
                                                    .setExitCode(137)
                                                    .setSignal(9)
                                                    .setTimedOut(true)
                                                    .setDurationMs(1234))));
                }),
                processes -> {
                    ExecResult result = Exec.run(processes, spec);
                    assertThat(result.exitCode()).isEqualTo(137);
                    assertThat(result.stdout()).asString().isEqualTo("out");
                    assertThat(result.stderr()).asString().isEqualTo("err");
                    assertThat(result.timedOut()).isTrue();
                    assertThat(result.truncated()).isTrue(); // 9 bytes were printed
                    assertThat(result.duration()).isEqualTo(Duration.ofMillis(1234));
                });
        AttachRequest.Open open = asked.take();
        assertThat(open.getHold()).isTrue();
        assertThat(open.getLimit()).isEqualTo(LIMIT);
        StartRequest seen = open.getStart();
        assertThat(seen.getCommandList()).containsExactly("cat", "-");
        assertThat(seen.getEnvMap()).containsExactly(Map.entry("NAME", "value"));
        assertThat(seen.getCwd()).isEqualTo("/tmp");
        assertThat(seen.getUser()).isEqualTo("nobody");
        assertThat(seen.getInput()).isEqualTo(Input.INPUT_DATA);
        assertThat(seen.getData().toStringUtf8()).isEqualTo("input");
        assertThat(seen.getTerminal().getColumns()).isEqualTo(80);
        assertThat(seen.getTimeoutMs()).isEqualTo(7_000);
        assertThat(seen.getTag()).isEqualTo("tag");
        assertThat(seen.getAttached()).isTrue();
    }

    @Test
    void outputOfTheLimitIsTaken() {
        with(
                playing((_, observer) -> {
                    begin(observer);
                    for (int at = 0; at < LIMIT; at += PIECE) {
                        GrpcAgent.send(observer, GrpcAgent.output(at, ByteString.copyFrom(new byte[PIECE])));
                    }
                    end(observer, LIMIT);
                }),
                processes -> {
                    ExecResult result = Exec.run(processes, COMMAND);
                    assertThat(result.stdout()).hasSize(LIMIT);
                    assertThat(result.truncated()).isFalse();
                });
    }

    /** Inconsistent or excessive messages of an agent. */
    static Stream<Consumer<StreamObserver<AttachResponse>>> lies() {
        return Stream.of(
                observer -> GrpcAgent.send(observer, GrpcAgent.output(0, "before the process")),
                observer -> GrpcAgent.send(observer, AttachResponse.newBuilder()),
                observer -> GrpcAgent.send(
                        observer,
                        AttachResponse.newBuilder()
                                .setProcess(Process.newBuilder().setId("../../etc"))),
                observer -> GrpcAgent.send(
                        observer,
                        AttachResponse.newBuilder()
                                .setProcess(GrpcAgent.process(3).setOutputFirst(4))),
                observer -> GrpcAgent.send(
                        observer, AttachResponse.newBuilder().setProcess(GrpcAgent.process(Long.MIN_VALUE))),
                observer -> {
                    begin(observer);
                    GrpcAgent.send(observer, GrpcAgent.output(0, ""));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(observer, GrpcAgent.output(Long.MAX_VALUE, "x"));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(observer, GrpcAgent.output(0, "one"));
                    GrpcAgent.send(observer, GrpcAgent.output(2, "behind"));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(observer, GrpcAgent.output(0, ByteString.copyFrom(new byte[PIECE + 1])));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(
                            observer,
                            AttachResponse.newBuilder()
                                    .setOutput(AttachResponse.Output.newBuilder()
                                            .setData(ByteString.copyFromUtf8("of no stream"))));
                },
                observer -> {
                    begin(observer);
                    for (int at = 0; at <= LIMIT; at += PIECE) {
                        GrpcAgent.send(observer, GrpcAgent.output(at, ByteString.copyFrom(new byte[PIECE])));
                    }
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(
                            observer,
                            AttachResponse.newBuilder()
                                    .setGap(AttachResponse.Gap.newBuilder()
                                            .setFrom(5)
                                            .setTo(5)));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(observer, AttachResponse.newBuilder().setEnd(GrpcAgent.ended(0, 256)));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(observer, AttachResponse.newBuilder().setEnd(GrpcAgent.ended(0, -1)));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(observer, AttachResponse.newBuilder().setEnd(GrpcAgent.process(0)));
                },
                observer -> {
                    begin(observer);
                    GrpcAgent.send(
                            observer,
                            AttachResponse.newBuilder()
                                    .setEnd(GrpcAgent.ended(0, 0)
                                            .setRequest(
                                                    StartRequest.newBuilder().addCommand("x".repeat(4 << 20)))));
                },
                GrpcProcessesTest::begin, // and then the end of the stream
                _ -> {});
    }

    @ParameterizedTest
    @MethodSource("lies")
    void aLieOfAnAgentIsItsGuestsErrorAndTheGuestCanBeAskedAgain(Consumer<StreamObserver<AttachResponse>> lie) {
        try (GrpcAgent _ =
                        GrpcAgent.of(ID, sockets, new GrpcAgent.Good(playing((_, observer) -> lie.accept(observer))));
                Guest guest = connector.connect(ID)) {
            assertThat(failure(() -> Exec.run(guest.processes(), COMMAND)).code())
                    .isEqualTo(ErrorCode.GUEST_ERROR);
            guest.awaitReady(LONG);
        }
    }

    @Test
    void offsetsMustFollowWhereAllIsAskedFor() {
        with(
                playing((_, observer) -> {
                    begin(observer);
                    GrpcAgent.send(observer, GrpcAgent.output(0, "one"));
                    GrpcAgent.send(observer, GrpcAgent.output(4, "after a hole"));
                    end(observer, 16);
                }),
                processes -> {
                    try (Attachment attachment = processes.attach("process00000", ReadOptions.ALL)) {
                        assertThat(attachment.next(LONG)).isPresent();
                        assertThat(failure(() -> attachment.next(LONG)).code()).isEqualTo(ErrorCode.GUEST_ERROR);
                    }
                });
    }

    @Test
    void whatIsLostIsSaid() {
        with(
                playing((_, observer) -> {
                    begin(observer);
                    GrpcAgent.send(
                            observer,
                            AttachResponse.newBuilder()
                                    .setGap(AttachResponse.Gap.newBuilder().setTo(1000)));
                    GrpcAgent.send(observer, GrpcAgent.output(1000, "rest"));
                    end(observer, 1004);
                }),
                processes -> {
                    try (Attachment attachment = processes.attach("process00000", ReadOptions.ALL)) {
                        assertThat(attachment.next(LONG)).contains(new ProcessOutput.Gap(0, 1000));
                        assertThat(attachment.next(LONG)).get().isInstanceOf(ProcessOutput.Piece.class);
                        assertThat(attachment.next(LONG)).get().isInstanceOf(ProcessOutput.End.class);
                    }
                });
    }

    /** An agent that sends as long as it may: no more than a window is accepted while nothing reads. */
    @Test
    void whoDoesNotReadMakesTheAgentWait() {
        AtomicLong sent = new AtomicLong();
        with(
                new ProcessesImplBase() {
                    @Override
                    public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> observer) {
                        var call = (ServerCallStreamObserver<AttachResponse>) observer;
                        call.setOnReadyHandler(() -> {
                            if (sent.get() == 0) {
                                begin(observer);
                            }
                            while (call.isReady()) {
                                GrpcAgent.send(
                                        observer, GrpcAgent.output(sent.get(), ByteString.copyFrom(new byte[PIECE])));
                                sent.addAndGet(PIECE);
                            }
                        });
                        return GrpcAgent.onFirst(new Ignored<>(), _ -> {});
                    }
                },
                processes -> {
                    try (Attachment attachment = processes.attach("process00000", ReadOptions.ALL)) {
                        long read = 0;
                        for (int count = 0; count < 100; count++) {
                            var piece =
                                    (ProcessOutput.Piece) attachment.next(LONG).orElseThrow();
                            read = piece.end();
                        }
                        assertThat(read).isEqualTo(100L * PIECE);
                        assertThat(sent.get()).isLessThan(read + (2 << 20));
                    }
                });
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED"})
    void aCommandThatCannotBeStartedIsTheUsersError(Status.Code code) {
        Status status = code.toStatus().withDescription("program 'ehco' was not found in the machine");
        with(failing(status), processes -> {
            HyperfleetException failure = failure(() -> Exec.run(processes, COMMAND));
            assertThat(failure).hasMessage("program 'ehco' was not found in the machine");
            assertThat(failure.code()).isEqualTo(ErrorCode.BAD_REQUEST);
        });
    }

    @Test
    void aGuestThatIsShortOfMemoryIsToBeAskedAgainLater() {
        Status status = Status.FAILED_PRECONDITION.withDescription("the machine is short of memory");
        with(failing(status), processes -> {
            HyperfleetException failure = failure(() -> Exec.run(processes, COMMAND));
            assertThat(failure).hasMessage("the machine is short of memory");
            assertThat(failure.code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "FAILED_PRECONDITION"})
    void anyOtherRefusalOfACommandIsTheGuestsError(Status.Code code) {
        with(
                failing(code.toStatus()),
                processes -> assertThat(
                                failure(() -> Exec.run(processes, COMMAND)).code())
                        .isEqualTo(ErrorCode.GUEST_ERROR));
    }

    @Test
    void anAgentThatIsTooOldForACallIsSaidToBe() {
        with(
                failing(Status.UNIMPLEMENTED),
                processes -> assertThat(failure(() -> Exec.run(processes, COMMAND)))
                        .hasMessageContaining("restart the machine"));
    }

    @Test
    void aProcessThatIsNotKnownIsNotFound() {
        with(
                failing(Status.NOT_FOUND.withDescription("process 'x' is not known in the machine")),
                processes -> assertThat(failure(() -> processes.attach("x", ReadOptions.ALL))
                                .code())
                        .isEqualTo(ErrorCode.NOT_FOUND));
    }

    @Test
    void aDescriptionOfAnErrorThatIsTooLongIsNotTaken() {
        with(
                failing(Status.INVALID_ARGUMENT.withDescription("x".repeat(100_000))),
                processes -> assertThat(
                                failure(() -> Exec.run(processes, COMMAND)).getMessage())
                        .hasSizeLessThan(10_000));
    }

    /** Takes ten seconds: the extra time for a response beyond the command's own timeout. */
    @Test
    void aCommandThatOutlastsItsTimeoutIsNotWaitedFor() {
        with(
                new ProcessesImplBase() {
                    @Override
                    public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> observer) {
                        begin(observer);
                        return new Ignored<>();
                    }
                },
                processes -> assertThat(failure(
                                () -> Exec.run(processes, ProcessSpec.command(Duration.ofMillis(1), "sleep", "1"))))
                        .hasMessageContaining("in time"));
    }

    @Test
    void aListIsTakenAndItsTimesAreBroughtIntoBounds() {
        with(
                new ProcessesImplBase() {
                    @Override
                    public void list(ListProcessesRequest request, StreamObserver<ListProcessesResponse> observer) {
                        var response = ListProcessesResponse.newBuilder();
                        IntStream.range(0, 1100)
                                .forEach(number -> response.addProcesses(GrpcAgent.process(0)
                                        .setStartedAtMs(-1)
                                        .setCpuMs(Long.MIN_VALUE)
                                        .setRequest(StartRequest.newBuilder().addCommand("x".repeat(1000)))));
                        GrpcAgent.answer(observer, response.build());
                    }
                },
                processes -> {
                    List<GuestProcess> all = processes.list();
                    assertThat(all).hasSize(1100);
                    assertThat(all.getFirst().cpu()).isEqualTo(Duration.ZERO);
                    assertThat(all.getFirst().ending()).isEmpty();
                });
    }

    /** Ignores everything. */
    private static final class Ignored<T> implements StreamObserver<T> {
        @Override
        public void onNext(T value) {}

        @Override
        public void onError(Throwable gone) {}

        @Override
        public void onCompleted() {}
    }

    private interface Script {
        void play(AttachRequest.Open open, StreamObserver<AttachResponse> observer);
    }

    private static ProcessesImplBase playing(Script script) {
        return new ProcessesImplBase() {
            @Override
            public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> observer) {
                return GrpcAgent.onFirst(observer, open -> script.play(open, observer));
            }
        };
    }

    private static ProcessesImplBase failing(Status status) {
        return new ProcessesImplBase() {
            @Override
            public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> observer) {
                observer.onError(status.asRuntimeException());
                return new Ignored<>();
            }
        };
    }

    private static void begin(StreamObserver<AttachResponse> observer) {
        GrpcAgent.send(observer, AttachResponse.newBuilder().setProcess(GrpcAgent.process(0)));
    }

    private static void end(StreamObserver<AttachResponse> observer, long printed) {
        GrpcAgent.send(observer, AttachResponse.newBuilder().setEnd(GrpcAgent.ended(printed, 0)));
    }

    private void with(ProcessesImplBase service, Consumer<GuestProcesses> test) {
        try (GrpcAgent _ = GrpcAgent.of(ID, sockets, new GrpcAgent.Good(service));
                Guest guest = connector.connect(ID)) {
            test.accept(guest.processes());
        }
    }

    private static HyperfleetException failure(ThrowingCallable call) {
        HyperfleetException failure = catchThrowableOfType(HyperfleetException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }
}
