package dev.hyperfleet.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private final ManualClock time = new ManualClock();

    @Test
    void whoeverHasOneAddressOfANetworkHasAllOfThem() {
        assertThat(RateLimit.clientAt("2001:db8:1:2:3:4:5:6")).isEqualTo(RateLimit.clientAt("2001:db8:1:2::1"));
        assertThat(RateLimit.clientAt("2001:db8:1:2::1")).isNotEqualTo(RateLimit.clientAt("2001:db8:1:3::1"));
        assertThat(RateLimit.clientAt("192.0.2.1")).isEqualTo("192.0.2.1");
        assertThat(RateLimit.clientAt("x".repeat(1000))).hasSizeLessThan(100);
    }

    @Test
    void manyClientsAreRememberedAsAFew() {
        RateLimit limit = new RateLimit(1, time);
        long refused = 0;
        for (int i = 0; i < 50_000; i++) {
            try {
                limit.count("client-" + i);
            } catch (HyperfleetException tooMany) {
                refused++;
            }
        }
        assertThat(limit.size()).isLessThanOrEqualTo(10_000);
        assertThat(refused).as("those for whom there is no room share a limit").isPositive();
    }

    @Test
    void oneClientIsRefusedAndAnotherIsNot() {
        RateLimit limit = new RateLimit(2, time);
        for (int i = 0; i < 4; i++) {
            limit.count("a");
        }
        assertThatThrownBy(() -> limit.count("a")).hasMessageContaining("More than 2 requests per second");
        limit.count("b");
    }

    @Test
    void aClientMayGoOnAtTheRateOfItsLimit() {
        RateLimit limit = new RateLimit(2, time);
        for (int i = 0; i < 4; i++) {
            limit.count("a");
        }
        for (int i = 0; i < 10; i++) {
            time.advance(Duration.ofMillis(499));
            assertThatThrownBy(() -> limit.count("a")).hasMessageContaining("More than 2 requests per second");
            time.advance(Duration.ofMillis(1));
            limit.count("a");
        }
    }

    @Test
    void idleClientsMakeRoomForOthers() {
        RateLimit limit = new RateLimit(1, time);
        for (int i = 0; i < 10_000; i++) {
            limit.count("first-" + i);
        }
        time.advance(Duration.ofSeconds(2));
        for (int i = 0; i < 10_000; i++) {
            limit.count("second-" + i); // one that shared a limit would be refused
        }
        assertThat(limit.size()).isEqualTo(10_000);
    }
}
