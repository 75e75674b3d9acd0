package dev.hyperfleet.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.ExecRequest;
import dev.hyperfleet.core.ExecResult;
import dev.hyperfleet.core.Guest;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MachineLayout;
import dev.hyperfleet.guest.v1.ExecResponse;
import dev.hyperfleet.guest.v1.GetStatusRequest;
import dev.hyperfleet.guest.v1.GetStatusResponse;
import dev.hyperfleet.guest.v1.ShutdownRequest;
import dev.hyperfleet.guest.v1.ShutdownResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GrpcGuestTest {
    private static final MachineId ID = new MachineId("guest0000000");
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int LIMIT = ExecResult.OUTPUT_LIMIT_BYTES;
    private static final ExecRequest REQUEST = new ExecRequest(
            List.of("echo", "hello"), Duration.ofSeconds(5), Map.of(), Optional.empty(), Optional.empty(), new byte[0]);

    private final MachineLayout layout;
    private final GrpcGuestConnector connector;

    GrpcGuestTest(@TempDir Path folder) {
        layout = new MachineLayout(folder, folder);
        connector = new GrpcGuestConnector(layout, new SecureRandom());
    }

    @AfterEach
    void close() {
        connector.close();
    }

    @Test
    void aCommandGoesToTheAgentAsItIsAndItsResultComesBack() throws Exception {
        BlockingQueue<dev.hyperfleet.guest.v1.ExecRequest> asked = new LinkedBlockingQueue<>();
        GrpcAgent.Good service = new GrpcAgent.Good() {
            @Override
            public void exec(dev.hyperfleet.guest.v1.ExecRequest request, StreamObserver<ExecResponse> observer) {
                asked.add(request);
                GrpcAgent.answer(
                        observer,
                        ExecResponse.newBuilder()
                                .setExitCode(137)
                                .setStdout(ByteString.copyFromUtf8("out"))
                                .setStderr(ByteString.copyFromUtf8("err"))
                                .setTimedOut(true)
                                .setTruncated(true)
                                .setDurationMs(1234)
                                .build());
            }
        };
        ExecRequest request = new ExecRequest(
                List.of("cat", "-"),
                Duration.ofSeconds(7),
                Map.of("NAME", "value"),
                Optional.of("/tmp"),
                Optional.of("nobody"),
                "input".getBytes(UTF_8));
        try (GrpcAgent _ = GrpcAgent.of(ID, layout, service);
                Guest guest = connector.connect(ID)) {
            ExecResult result = guest.exec(request);
            assertThat(result.exitCode()).isEqualTo(137);
            assertThat(result.stdout()).asString().isEqualTo("out");
            assertThat(result.stderr()).asString().isEqualTo("err");
            assertThat(result.timedOut()).isTrue();
            assertThat(result.truncated()).isTrue();
            assertThat(result.duration()).isEqualTo(Duration.ofMillis(1234));
        }
        dev.hyperfleet.guest.v1.ExecRequest seen = asked.take();
        assertThat(seen.getCommandList()).containsExactly("cat", "-");
        assertThat(seen.getEnvMap()).containsExactly(Map.entry("NAME", "value"));
        assertThat(seen.getCwd()).isEqualTo("/tmp");
        assertThat(seen.getUser()).isEqualTo("nobody");
        assertThat(seen.getStdin().toStringUtf8()).isEqualTo("input");
        assertThat(seen.getTimeoutMs()).isEqualTo(7_000);
        assertThat(seen.getOutputLimit()).isEqualTo(LIMIT);
    }

    @Test
    void whatAnEarlierSessionHasLeftInThePortIsDropped() {
        String earlier = "hyperfleet-session-1 " + "0123456789abcdef".repeat(2) + "\n";
        GrpcAgent.Answer answer = (greeting, connection) -> {
            FakeAgent.write(connection, new byte[100_000]);
            FakeAgent.write(connection, earlier + greeting.substring(0, 30));
            FakeAgent.write(connection, greeting);
        };
        try (GrpcAgent _ = GrpcAgent.of(ID, layout, new GrpcAgent.Good(), answer);
                Guest guest = connector.connect(ID)) {
            guest.awaitReady(LONG);
            assertThat(guest.exec(REQUEST).stdout()).asString().isEqualTo("echo hello");
        }
    }

    @Test
    void aGreetingThatComesByteByByteIsUnderstood() {
        GrpcAgent.Answer answer = (greeting, connection) -> {
            for (int at = 0; at < greeting.length(); at++) {
                FakeAgent.write(connection, greeting.substring(at, at + 1));
            }
        };
        try (GrpcAgent _ = GrpcAgent.of(ID, layout, new GrpcAgent.Good(), answer);
                Guest guest = connector.connect(ID)) {
            guest.awaitReady(LONG);
        }
    }

    @Test
    void aConnectionThatBreaksIsMadeAnewWhenItIsNeededNext() {
        try (GrpcAgent agent = GrpcAgent.of(ID, layout, new GrpcAgent.Good());
                Guest guest = connector.connect(ID)) {
            guest.awaitReady(LONG);
            agent.disconnectAll();
            // Whoever asks just then may fail: a command that may have run must not run again.
            var _ = catchThrowableOfType(HyperfleetException.class, () -> guest.awaitReady(LONG));
            guest.awaitReady(LONG);
        }
    }

    @Test
    void anAgentThatComesLateIsWaitedFor() throws Exception {
        try (Guest guest = connector.connect(ID)) {
            Thread waiting = Thread.ofVirtual().unstarted(() -> guest.awaitReady(LONG));
            waiting.start();
            try (GrpcAgent _ = GrpcAgent.of(ID, layout, new GrpcAgent.Good())) {
                assertThat(waiting.join(LONG)).isTrue();
                guest.awaitReady(LONG);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, -1})
    void anAgentOfAnotherVersionIsRefused(int version) {
        GrpcAgent.Good service = new GrpcAgent.Good() {
            @Override
            public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
                GrpcAgent.answer(
                        observer,
                        GetStatusResponse.newBuilder()
                                .setProtocolVersion(version)
                                .build());
            }
        };
        with(
                service,
                guest -> assertThat(guestError(() -> guest.awaitReady(LONG)))
                        .hasMessageContaining("speaks version " + Integer.toUnsignedString(version)));
    }

    @Test
    void twoFullStreamsAreTaken() {
        ByteString full = ByteString.copyFrom(new byte[LIMIT]);
        ExecResponse answer =
                ExecResponse.newBuilder().setStdout(full).setStderr(full).build();
        with(answering(answer), guest -> {
            ExecResult result = guest.exec(REQUEST);
            assertThat(result.stdout()).hasSize(LIMIT);
            assertThat(result.stderr()).hasSize(LIMIT);
        });
    }

    @Test
    void moreOutputThanWasAskedForIsRefused() {
        ByteString tooMuch = ByteString.copyFrom(new byte[LIMIT + 1]);
        for (ExecResponse answer : List.of(
                ExecResponse.newBuilder().setStdout(tooMuch).build(),
                ExecResponse.newBuilder().setStderr(tooMuch).build())) {
            with(
                    answering(answer),
                    guest -> assertThat(guestError(() -> guest.exec(REQUEST))).hasMessageContaining("out of bounds"));
        }
    }

    @Test
    void aMessageThatIsTooLargeIsRefusedAndTheGuestCanBeAskedAgain() {
        ByteString tooMuch = ByteString.copyFrom(new byte[4 * LIMIT]);
        with(answering(ExecResponse.newBuilder().setStdout(tooMuch).build()), guest -> {
            var _ = guestError(() -> guest.exec(REQUEST));
            guest.awaitReady(LONG);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {256, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void anExitCodeThatNoProcessCanHaveIsRefused(int exitCode) {
        with(
                answering(ExecResponse.newBuilder().setExitCode(exitCode).build()),
                guest -> assertThat(guestError(() -> guest.exec(REQUEST))).hasMessageContaining("out of bounds"));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void aDurationThatCannotBeIsBroughtIntoBounds(long milliseconds) {
        with(
                answering(ExecResponse.newBuilder().setDurationMs(milliseconds).build()),
                guest -> assertThat(guest.exec(REQUEST).duration())
                        .isBetween(Duration.ZERO, REQUEST.timeout().plusSeconds(10)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED"})
    void aCommandThatCannotBeStartedIsTheUsersError(Status.Code code) {
        Status status = code.toStatus().withDescription("program 'ehco' was not found in the machine");
        with(
                failing(status),
                guest -> assertThatExceptionOfType(HyperfleetException.class)
                        .isThrownBy(() -> guest.exec(REQUEST))
                        .withMessage("program 'ehco' was not found in the machine")
                        .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.BAD_REQUEST)));
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED"})
    void anyOtherRefusalOfACommandIsTheGuestsError(Status.Code code) {
        with(failing(code.toStatus()), guest -> {
            var _ = guestError(() -> guest.exec(REQUEST));
        });
    }

    /** Only a command can be the user's mistake; nobody has asked for a status in the wrong words. */
    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OK"})
    void whateverRefusesTheFirstQuestionOrAShutdownIsTheGuestsError(Status.Code code) {
        with(failing(code.toStatus()), guest -> {
            var _ = guestError(() -> guest.awaitReady(LONG));
            var _ = guestError(() -> guest.shutdown(Duration.ofSeconds(1)));
        });
    }

    @Test
    void aDescriptionOfAnErrorThatIsTooLongIsNotTaken() {
        Status status = Status.INVALID_ARGUMENT.withDescription("x".repeat(100_000));
        with(
                failing(status),
                guest -> assertThat(guestError(() -> guest.exec(REQUEST)))
                        .satisfies(failure -> assertThat(failure.getMessage()).hasSizeLessThan(10_000)));
    }

    @Test
    void anAgentThatDoesNotAnswerIsNotWaitedForPastTheDeadline() {
        with(new Mute(), guest -> {
            assertThat(guestError(() -> guest.awaitReady(Duration.ofSeconds(1))))
                    .hasMessageContaining("has not answered within 1 s");
            assertThat(guestError(() -> guest.shutdown(Duration.ofSeconds(60))))
                    .hasMessageContaining("has not answered within 3 s");
        });
    }

    /** Takes ten seconds: what an answer may take on top of the command's own timeout. */
    @Test
    void aCommandThatOutlastsItsTimeoutIsNotWaitedFor() {
        ExecRequest request = new ExecRequest(
                List.of("sleep", "1"), Duration.ofMillis(1), Map.of(), Optional.empty(), Optional.empty(), new byte[0]);
        with(
                new Mute(),
                guest -> assertThat(guestError(() -> guest.exec(request)))
                        .hasMessageContaining("has not answered within 10 s"));
    }

    /** Takes every call, and answers none. */
    private static final class Mute extends GrpcAgent.Good {
        @Override
        public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {}

        @Override
        public void exec(dev.hyperfleet.guest.v1.ExecRequest request, StreamObserver<ExecResponse> observer) {}

        @Override
        public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {}
    }

    private static GrpcAgent.Good answering(ExecResponse answer) {
        return new GrpcAgent.Good() {
            @Override
            public void exec(dev.hyperfleet.guest.v1.ExecRequest request, StreamObserver<ExecResponse> observer) {
                GrpcAgent.answer(observer, answer);
            }
        };
    }

    private static GrpcAgent.Good failing(Status status) {
        return new GrpcAgent.Good() {
            @Override
            public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
                observer.onError(status.asRuntimeException());
            }

            @Override
            public void exec(dev.hyperfleet.guest.v1.ExecRequest request, StreamObserver<ExecResponse> observer) {
                observer.onError(status.asRuntimeException());
            }

            @Override
            public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {
                observer.onError(status.asRuntimeException());
            }
        };
    }

    private void with(GrpcAgent.Good service, Consumer<Guest> test) {
        try (GrpcAgent _ = GrpcAgent.of(ID, layout, service);
                Guest guest = connector.connect(ID)) {
            test.accept(guest);
        } finally {
            for (String socket : List.of("agent.sock", "agent.sock.grpc")) {
                var _ = layout.of(ID).socketDirectory().resolve(socket).toFile().delete();
            }
        }
    }

    private static HyperfleetException guestError(ThrowingCallable call) {
        HyperfleetException failure = catchThrowableOfType(HyperfleetException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(ErrorCode.GUEST_ERROR);
        return failure;
    }
}
