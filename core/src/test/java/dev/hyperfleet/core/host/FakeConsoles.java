package dev.hyperfleet.core.host;

import dev.hyperfleet.core.MachineId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Consoles of fake guests, each of which has written three lines. */
public final class FakeConsoles implements ConsoleLogs {
    /** The output of each guest. */
    public static final String TEXT = "one\ntwo\nthree\n";

    @Override
    public Reader open(MachineId id, OptionalInt tail, Optional<Instant> since, boolean follow) {
        String[] lines = TEXT.split("(?<=\n)", -1);
        int all = lines.length - 1;
        StringBuilder wanted = new StringBuilder();
        for (int i = all - Math.min(all, tail.orElse(all)); i < all; i++) {
            wanted.append(lines[i]);
        }
        return new FakeReader(wanted.toString().getBytes(StandardCharsets.UTF_8), follow);
    }

    private static final class FakeReader implements Reader {
        private final CountDownLatch closed = new CountDownLatch(1);
        private final boolean follow;
        private byte[] unread;

        FakeReader(byte[] unread, boolean follow) {
            this.unread = unread;
            this.follow = follow;
        }

        @Override
        public byte[] read() {
            byte[] read = unread;
            unread = new byte[0];
            return read;
        }

        @Override
        public Wait await(Duration timeout) {
            try {
                boolean over = !follow || closed.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
                return over ? Wait.OVER : Wait.NOTHING;
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return Wait.OVER;
            }
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }
}
