package dev.hyperfleet.api.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.ManualClock;
import dev.hyperfleet.core.host.ConsoleLogs;
import dev.hyperfleet.core.host.ConsoleLogs.Reader.Wait;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LogRouteTest {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final ManualClock time = new ManualClock();
    private final List<String> sent = new ArrayList<>();

    /** A console that has a piece of output, or is silent for this time, in turn, and then ends. */
    private final class FakeReader implements ConsoleLogs.Reader {
        private final Deque<Duration> silences;

        FakeReader(Duration... silences) {
            this.silences = new ArrayDeque<>(List.of(silences));
        }

        @Override
        public byte[] read() {
            return silences.isEmpty() || silences.peek().isPositive() ? new byte[0] : piece();
        }

        private byte[] piece() {
            silences.pop();
            return new byte[] {'x'};
        }

        @Override
        public Wait await(Duration timeout) {
            if (silences.isEmpty()) {
                return Wait.OVER;
            }
            time.advance(silences.pop());
            return Wait.NOTHING;
        }

        @Override
        public void close() {}
    }

    private final class FakeSink implements LogRoute.Sink {
        @Override
        public void send(byte[] piece) {
            sent.add("piece");
        }

        @Override
        public void idle() {
            sent.add("idle");
        }

        @Override
        public Duration patience() {
            return PATIENCE;
        }
    }

    private void send(FakeReader reader) throws IOException {
        LogRoute.send(reader, new FakeSink(), Wait.MORE, new AtomicBoolean(), time);
    }

    @Test
    void aFollowerOfASilentConsoleIsLetGoAfterItsPatience() throws IOException {
        Duration half = PATIENCE.dividedBy(2);
        send(new FakeReader(half, half.plusNanos(1), half, half));
        assertThat(sent).containsExactly("idle", "idle");
    }

    @Test
    void eachPieceOfOutputBeginsTheSilenceAnew() throws IOException {
        Duration most = PATIENCE.minusNanos(1);
        send(new FakeReader(most, Duration.ZERO, most, Duration.ZERO, most));
        assertThat(sent).containsExactly("idle", "piece", "idle", "piece", "idle");
    }
}
