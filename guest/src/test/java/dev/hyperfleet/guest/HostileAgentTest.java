package dev.hyperfleet.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.ProcessSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An attacker in a guest controls the other end of its port, and may send anything or nothing. */
@Timeout(60)
class HostileAgentTest {
    private static final MachineId BAD = new MachineId("badguest0000");
    private static final MachineId GOOD = new MachineId("goodguest000");
    private static final Duration DEADLINE = Duration.ofMillis(700);

    /** Far more than the deadline, for a test machine under load; but finite. */
    private static final Duration AT_THE_LATEST = Duration.ofSeconds(10);

    private static final String WRONG_GREETING = "hyperfleet-session-1 " + "0".repeat(32) + "\n";

    private final AgentSockets sockets;
    private final GrpcGuestConnector connector;

    HostileAgentTest(@TempDir Path folder) {
        sockets = new AgentSockets(folder);
        connector = new GrpcGuestConnector(sockets::of, new SecureRandom());
    }

    @AfterEach
    void close() {
        connector.close();
    }

    enum Hostility {
        SILENCE,
        CLOSES_AT_ONCE,
        GARBAGE_BEFORE_THE_GREETING,
        FLOOD_BEFORE_THE_GREETING,
        HALF_A_GREETING_THEN_SILENCE,
        HALF_A_GREETING_THEN_CLOSE,
        ANOTHER_SESSIONS_GREETING,
        THE_GREETING_IN_CAPITALS,
        SILENCE_AFTER_THE_GREETING,
        CLOSES_AFTER_THE_GREETING,
        GARBAGE_AFTER_THE_GREETING,
        FLOOD_AFTER_THE_GREETING,
        A_FRAME_THAT_CLAIMS_16_MIB;

        void serve(SocketChannel connection) throws IOException {
            switch (this) {
                case SILENCE -> {}
                case CLOSES_AT_ONCE -> {
                    return;
                }
                case GARBAGE_BEFORE_THE_GREETING -> FakeAgent.write(connection, garbage(4096));
                case FLOOD_BEFORE_THE_GREETING -> flood(connection);
                case HALF_A_GREETING_THEN_SILENCE ->
                    FakeAgent.write(connection, half(FakeAgent.readGreeting(connection)));
                case HALF_A_GREETING_THEN_CLOSE -> {
                    FakeAgent.write(connection, half(FakeAgent.readGreeting(connection)));
                    return;
                }
                case ANOTHER_SESSIONS_GREETING -> FakeAgent.write(connection, WRONG_GREETING);
                case THE_GREETING_IN_CAPITALS ->
                    FakeAgent.write(
                            connection, FakeAgent.readGreeting(connection).toUpperCase(Locale.ROOT));
                case SILENCE_AFTER_THE_GREETING -> FakeAgent.write(connection, FakeAgent.readGreeting(connection));
                case CLOSES_AFTER_THE_GREETING -> {
                    FakeAgent.write(connection, FakeAgent.readGreeting(connection));
                    return;
                }
                case GARBAGE_AFTER_THE_GREETING -> {
                    FakeAgent.write(connection, FakeAgent.readGreeting(connection));
                    FakeAgent.write(connection, garbage(4096));
                }
                case FLOOD_AFTER_THE_GREETING -> {
                    FakeAgent.write(connection, FakeAgent.readGreeting(connection));
                    flood(connection);
                }
                case A_FRAME_THAT_CLAIMS_16_MIB -> {
                    FakeAgent.write(connection, FakeAgent.readGreeting(connection));
                    FakeAgent.write(connection, new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0}); // HTTP/2 SETTINGS, empty
                    FakeAgent.write(connection, new byte[] {-1, -1, -1, 0, 0, 0, 0, 0, 1}); // DATA of 2^24 - 1 bytes
                }
            }
            FakeAgent.fallSilent(connection);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHostileAgentIsAnErrorOfItsGuestWithinTheDeadlineAndHarmsNoOtherGuest(Hostility hostility) {
        try (FakeAgent _ = FakeAgent.at(sockets.of(BAD), hostility::serve);
                GrpcAgent _ = GrpcAgent.of(GOOD, sockets, new GrpcAgent.Good());
                Guest bad = connector.connect(BAD);
                Guest good = connector.connect(GOOD)) {
            long began = System.nanoTime();
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(() -> bad.awaitReady(DEADLINE))
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.GUEST_ERROR))
                    .withMessageContaining(BAD.value());
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_THE_LATEST);

            // The bad one is still connected, on the thread that serves all guests.
            good.awaitReady(AT_THE_LATEST);
            assertThat(new String(
                            Exec.run(good.processes(), ProcessSpec.command(Duration.ofSeconds(5), "still", "here"))
                                    .stdout(),
                            UTF_8))
                    .isEqualTo("still here");
        }
    }

    @Test
    void aFloodIsCutOffInsteadOfKeptInMemory() throws Exception {
        AtomicLong sent = new AtomicLong();
        CompletableFuture<Long> cutOff = new CompletableFuture<>();
        FakeAgent.Behaviour flood = connection -> {
            try {
                for (ByteBuffer zeros = ByteBuffer.allocate(1 << 16); ; zeros.clear()) {
                    sent.addAndGet(connection.write(zeros));
                }
            } finally {
                cutOff.complete(sent.get());
            }
        };
        try (FakeAgent _ = FakeAgent.at(sockets.of(BAD), flood);
                Guest bad = connector.connect(BAD)) {
            var _ = CompletableFuture.runAsync(() -> bad.awaitReady(AT_THE_LATEST));
            // What is read, and what the kernel and one read hold.
            assertThat(cutOff.get(AT_THE_LATEST.toSeconds(), TimeUnit.SECONDS)).isLessThan(4 << 20);
        }
    }

    @Test
    void aGuestThatIsClosedLetsGoOfItsCaller() throws Exception {
        try (FakeAgent _ = FakeAgent.at(sockets.of(BAD), FakeAgent::fallSilent)) {
            Guest bad = connector.connect(BAD);
            CompletableFuture<Void> caller = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    bad.awaitReady(Duration.ofHours(1));
                    caller.complete(null);
                } catch (HyperfleetException failure) {
                    caller.completeExceptionally(failure);
                }
            });
            bad.close();
            assertThat(caller)
                    .failsWithin(AT_THE_LATEST)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOfSatisfying(
                            HyperfleetException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.GUEST_ERROR));
        }
    }

    @Test
    void aGuestWithoutASocketIsAnErrorWithinTheDeadline() {
        try (Guest bad = connector.connect(BAD)) {
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(() -> bad.awaitReady(DEADLINE))
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.GUEST_ERROR));
        }
    }

    private static String half(String greeting) {
        return greeting.substring(0, greeting.length() / 2);
    }

    private static byte[] garbage(int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private static void flood(SocketChannel connection) throws IOException {
        byte[] piece = garbage(1 << 16);
        while (true) {
            FakeAgent.write(connection, piece);
        }
    }
}
