package dev.hyperfleet.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.guest.v1.GetStatusRequest;
import dev.hyperfleet.guest.v1.GetStatusResponse;
import dev.hyperfleet.guest.v1.RenewRequest;
import dev.hyperfleet.guest.v1.RenewResponse;
import dev.hyperfleet.guest.v1.ShutdownRequest;
import dev.hyperfleet.guest.v1.ShutdownResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.File;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
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
    private static final ProcessSpec COMMAND = ProcessSpec.command(Duration.ofSeconds(5), "echo", "hello");

    private final AgentSockets sockets;
    private final GrpcGuestConnector connector;

    GrpcGuestTest(@TempDir Path folder) {
        sockets = new AgentSockets(folder);
        connector = new GrpcGuestConnector(sockets::of, new SecureRandom());
    }

    @AfterEach
    void close() {
        connector.close();
    }

    @Test
    void whatAnEarlierSessionHasLeftInThePortIsDropped() {
        String earlier = "hyperfleet-session-1 " + "0123456789abcdef".repeat(2) + "\n";
        GrpcAgent.Answer answer = (greeting, connection) -> {
            FakeAgent.write(connection, new byte[100_000]);
            FakeAgent.write(connection, earlier + greeting.substring(0, 30));
            FakeAgent.write(connection, greeting);
        };
        try (GrpcAgent _ = GrpcAgent.of(ID, sockets, new GrpcAgent.Good(), answer);
                Guest guest = connector.connect(ID)) {
            guest.awaitReady(LONG);
            assertThat(Exec.run(guest.processes(), COMMAND).stdout()).asString().isEqualTo("echo hello");
        }
    }

    @Test
    void aGreetingThatComesByteByByteIsUnderstood() {
        GrpcAgent.Answer answer = (greeting, connection) -> {
            for (int at = 0; at < greeting.length(); at++) {
                FakeAgent.write(connection, greeting.substring(at, at + 1));
            }
        };
        try (GrpcAgent _ = GrpcAgent.of(ID, sockets, new GrpcAgent.Good(), answer);
                Guest guest = connector.connect(ID)) {
            guest.awaitReady(LONG);
        }
    }

    @Test
    void aConnectionThatBreaksIsMadeAnewWhenItIsNeededNext() {
        try (GrpcAgent agent = GrpcAgent.of(ID, sockets, new GrpcAgent.Good());
                Guest guest = connector.connect(ID)) {
            guest.awaitReady(LONG);
            agent.disconnectAll();
            // A concurrent call may fail: a command that may have run must not run again.
            var _ = catchThrowableOfType(HyperfleetException.class, () -> guest.awaitReady(LONG));
            guest.awaitReady(LONG);
        }
    }

    @Test
    void aRenewalIsRepeatedIfTheConnectionWasLostWhileTheGuestWasSaved() {
        try (GrpcAgent _ = GrpcAgent.of(ID, sockets, new GrpcAgent.Good() {
                    private final AtomicInteger calls = new AtomicInteger();

                    @Override
                    public void renew(RenewRequest request, StreamObserver<RenewResponse> observer) {
                        if (calls.incrementAndGet() == 1) {
                            observer.onError(Status.UNAVAILABLE.asRuntimeException());
                        } else {
                            GrpcAgent.answer(
                                    observer,
                                    RenewResponse.newBuilder()
                                            .setProtocolVersion(GrpcGuest.PROTOCOL_VERSION)
                                            .setTimeUs(1_000_000)
                                            .build());
                        }
                    }
                });
                Guest guest = connector.connect(ID)) {
            Guest.Renewal renewal = new Guest.Renewal(new byte[32], false, Optional.empty(), false);
            assertThat(guest.renew(renewal, () -> Instant.ofEpochSecond(3), LONG))
                    .isEqualTo(Duration.ofSeconds(2));
        }
    }

    @Test
    void anAgentThatComesLateIsWaitedFor() throws Exception {
        try (Guest guest = connector.connect(ID)) {
            Thread waiting = Thread.ofVirtual().unstarted(() -> guest.awaitReady(LONG));
            waiting.start();
            try (GrpcAgent _ = GrpcAgent.of(ID, sockets, new GrpcAgent.Good())) {
                assertThat(waiting.join(LONG)).isTrue();
                guest.awaitReady(LONG);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 6, -1})
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
                        .hasMessageContaining("speaks version " + Integer.toUnsignedString(version))
                        .hasMessageContaining("this server versions 3 to 5")
                        .hasMessageEndingWith("Rebuild it with hyperfleet setup, and start the machine again"));
    }

    /** Only a user's request can be that user's mistake. */
    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OK"})
    void whateverRefusesTheFirstQuestionOrAShutdownIsTheGuestsErrorInOurWords(Status.Code code) {
        with(failing(code.toStatus().withDescription("Channel shutdownNow invoked")), guest -> {
            assertThat(guestError(() -> guest.awaitReady(LONG)))
                    .hasMessageStartingWith("The agent in machine " + ID)
                    .hasMessageNotContaining("shutdownNow"); // the library's message is for the log
            var _ = guestError(() -> guest.shutdown(Duration.ofSeconds(1)));
        });
    }

    @Test
    void anAgentThatDoesNotAnswerIsNotWaitedForPastTheDeadline() {
        with(new Mute(), guest -> {
            assertThat(guestError(() -> guest.awaitReady(Duration.ofSeconds(1))))
                    .hasMessageContaining("has not answered in time");
            assertThat(guestError(() -> guest.shutdown(Duration.ofSeconds(60))))
                    .hasMessageContaining("has not answered in time");
        });
    }

    /** Accepts every call, and answers none. */
    private static final class Mute extends GrpcAgent.Good {
        @Override
        public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {}

        @Override
        public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {}
    }

    private static GrpcAgent.Good failing(Status status) {
        return new GrpcAgent.Good() {
            @Override
            public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
                observer.onError(status.asRuntimeException());
            }

            @Override
            public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> observer) {
                observer.onError(status.asRuntimeException());
            }
        };
    }

    private void with(GrpcAgent.Good service, Consumer<Guest> test) {
        try (GrpcAgent _ = GrpcAgent.of(ID, sockets, service);
                Guest guest = connector.connect(ID)) {
            test.accept(guest);
        } finally {
            for (String suffix : List.of("", ".grpc")) {
                var _ = new File(sockets.of(ID) + suffix).delete();
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
