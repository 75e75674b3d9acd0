package dev.hyperfleet.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.http.RefusalShares.Omission;
import dev.hyperfleet.http.RefusalShares.Source;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RefusalSharesTest {
    private static final Source STRANGERS = new Source(Optional.empty(), Optional.empty());
    private static final Source CI = new Source(Optional.of("id1"), Optional.of("ci"));
    private static final Source OPS = new Source(Optional.of("id2"), Optional.of("ops"));

    private long now = -5; // monotonic clocks begin anywhere

    private final RefusalShares shares = new RefusalShares(new MonotonicClock() {
        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public <T> T await(Future<T> event, Duration timeout) {
            throw new UnsupportedOperationException();
        }
    });

    private long taken(Source source, int tries) {
        return IntStream.range(0, tries).filter(_ -> shares.take(source)).count();
    }

    @Test
    void eachSourceHasAShareOfItsOwn() {
        assertThat(taken(CI, 100)).isEqualTo(60);
        assertThat(taken(STRANGERS, 100)).isEqualTo(60);
        assertThat(taken(OPS, 10)).isEqualTo(10);
    }

    @Test
    void whatWasOmittedIsSaidOnceForEachSourceWhenItsMinuteIsOver() {
        var _ = taken(CI, 100);
        var _ = taken(OPS, 60);
        var _ = taken(STRANGERS, 61);
        now += RefusalShares.WINDOW.toNanos() - 1;
        assertThat(shares.ended()).isEmpty();
        now++;
        assertThat(shares.ended()).containsExactlyInAnyOrder(new Omission(CI, 40), new Omission(STRANGERS, 1));
        assertThat(shares.ended()).isEmpty();
        assertThat(taken(CI, 61)).as("another minute").isEqualTo(60);
        assertThat(shares.end()).containsExactly(new Omission(CI, 1));
    }
}
