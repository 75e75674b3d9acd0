package dev.hyperfleet.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.HyperfleetException;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    @Test
    void whoeverHasOneAddressOfANetworkHasAllOfThem() {
        assertThat(RateLimit.clientAt("2001:db8:1:2:3:4:5:6")).isEqualTo(RateLimit.clientAt("2001:db8:1:2::1"));
        assertThat(RateLimit.clientAt("2001:db8:1:2::1")).isNotEqualTo(RateLimit.clientAt("2001:db8:1:3::1"));
        assertThat(RateLimit.clientAt("192.0.2.1")).isEqualTo("192.0.2.1");
        assertThat(RateLimit.clientAt("x".repeat(1000))).hasSizeLessThan(100);
    }

    @Test
    void manyClientsAreRememberedAsAFew() {
        RateLimit limit = new RateLimit(1);
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
        RateLimit limit = new RateLimit(2);
        for (int i = 0; i < 4; i++) {
            limit.count("a");
        }
        assertThatThrownBy(() -> limit.count("a")).hasMessageContaining("More than 2 requests per second");
        limit.count("b");
    }
}
