package dev.hyperfleet.oci.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TimedBodyTest {
    /** As one of a registry that sends nothing, and does not hang up. */
    private static final class Silent extends InputStream {
        private final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public int read() {
            try {
                closed.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            return -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            return read();
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @Test
    void aBodyOfWhichNothingComesIsClosed() throws Exception {
        try (ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
                TimedBody body = new TimedBody(new Silent(), timer, Duration.ofMillis(20), Duration.ofHours(1))) {
            assertThat(body.read()).isNegative();
        }
    }

    @Test
    void aBodyThatTakesTooLongInAllIsClosed() throws Exception {
        try (ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
                TimedBody body = new TimedBody(new Silent(), timer, Duration.ofHours(1), Duration.ofMillis(20))) {
            assertThat(body.read()).isNegative();
        }
    }
}
