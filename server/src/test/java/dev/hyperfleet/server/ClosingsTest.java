package dev.hyperfleet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ClosingsTest {
    private final List<String> closed = Collections.synchronizedList(new ArrayList<>());
    private final Closings closings = new Closings();

    @Test
    void theLastPartIsClosedFirst() {
        closings.add("database", () -> closed.add("database"));
        closings.add("listener", () -> closed.add("listener"));
        assertThat(closings.close(Duration.ofSeconds(20))).isEmpty();
        assertThat(closed).containsExactly("listener", "database");
    }

    @Test
    void aPartThatFailsOrHangsIsNamedAndTheOthersAreClosed() {
        CountDownLatch testIsOver = new CountDownLatch(1);
        closings.add("database", () -> closed.add("database"));
        closings.add("machines", () -> {
            try {
                testIsOver.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        closings.add("proxy", () -> {
            throw new IllegalStateException("broken");
        });
        List<String> failures = closings.close(Duration.ofMillis(100));
        testIsOver.countDown();
        assertThat(closed).containsExactly("database");
        assertThat(failures)
                .containsExactly("proxy: java.lang.IllegalStateException: broken", "machines: not closed in time");
    }
}
