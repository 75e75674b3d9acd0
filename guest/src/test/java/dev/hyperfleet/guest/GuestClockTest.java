package dev.hyperfleet.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.guest.v1.StepClockRequest;
import dev.hyperfleet.guest.v1.StepClockResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GuestClockTest {
    private static final MachineId ID = new MachineId("guest0000000");
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LONG = Duration.ofSeconds(20);

    private final AgentSockets sockets;
    private final AtomicReference<Instant> host = new AtomicReference<>(BEGIN);

    GuestClockTest(@TempDir Path folder) {
        sockets = new AgentSockets(folder);
    }

    /** An agent with a wrong clock and slow calls, first in one direction and then in the other. */
    private final class Off extends GrpcAgent.Good {
        private final Duration there;
        private final Duration back;
        private Duration off;
        private int slowCalls;

        Off(Duration off, int slowCalls, Duration there, Duration back) {
            this.off = off;
            this.slowCalls = slowCalls;
            this.there = there;
            this.back = back;
        }

        @Override
        public synchronized void stepClock(StepClockRequest request, StreamObserver<StepClockResponse> observer) {
            boolean slow = slowCalls-- > 0;
            pass(slow ? there : Duration.ZERO);
            off = off.plusNanos(request.getStepUs() * 1000);
            Instant shown = host.get().plus(off);
            pass(slow ? back : Duration.ZERO);
            GrpcAgent.answer(
                    observer,
                    StepClockResponse.newBuilder()
                            .setTimeUs(shown.getEpochSecond() * 1_000_000 + shown.getNano() / 1000)
                            .build());
        }

        private void pass(Duration time) {
            host.set(host.get().plus(time));
        }

        synchronized Duration off() {
            return off;
        }
    }

    private void set(GrpcAgent.Good service) {
        try (GrpcGuestConnector connector = new GrpcGuestConnector(sockets::of, new SecureRandom());
                GrpcAgent _ = GrpcAgent.of(ID, sockets, service);
                Guest guest = connector.connect(ID)) {
            InstantSource clock = host::get;
            guest.setClock(clock, Duration.ZERO, LONG);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-28_800_000, -4_000, -1, 0, 700, 86_400_000})
    void isRightWhateverItWas(long milliseconds) {
        Off agent = new Off(Duration.ofMillis(milliseconds), 0, Duration.ZERO, Duration.ZERO);
        set(agent);
        assertThat(agent.off().abs()).isLessThan(Duration.ofMillis(1));
    }

    @Test
    void isRightAlthoughAnswersAreOldWhenTheyCome() {
        Off agent = new Off(Duration.ofSeconds(-4), 3, Duration.ofMillis(10), Duration.ofMillis(800));
        set(agent);
        assertThat(agent.off().abs()).isLessThan(Duration.ofMillis(1));
    }

    @Test
    void thatDoesNotStayAsItIsSetIsGivenUp() {
        GrpcAgent.Good stubborn = new GrpcAgent.Good() {
            @Override
            public void stepClock(StepClockRequest request, StreamObserver<StepClockResponse> observer) {
                GrpcAgent.answer(observer, StepClockResponse.getDefaultInstance());
            }
        };
        HyperfleetException failure = catchThrowableOfType(HyperfleetException.class, () -> set(stubborn));
        assertThat(failure.code()).isEqualTo(ErrorCode.GUEST_ERROR);
        assertThat(failure).hasMessage("The clock of machine %s does not stay as it was set".formatted(ID));
    }
}
