package dev.hyperfleet.oci.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A response's body that is closed when nothing of it comes for a minute, or all of it takes longer than hours: the
 * client's own timeout ends with the headers. For one thread.
 */
final class TimedBody extends FilterInputStream {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofHours(2);

    private final ScheduledExecutorService timer;
    private final Duration patience;
    private final ScheduledFuture<?> end;

    TimedBody(InputStream body, ScheduledExecutorService timer) {
        this(body, timer, PATIENCE, LONGEST);
    }

    TimedBody(InputStream body, ScheduledExecutorService timer, Duration patience, Duration longest) {
        super(body);
        this.timer = timer;
        this.patience = patience;
        try {
            this.end = closeAfter(longest);
        } catch (IOException stopping) {
            throw new UncheckedIOException(stopping);
        }
    }

    private ScheduledFuture<?> closeAfter(Duration time) throws IOException {
        try {
            return timer.schedule(this::breakOff, time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            throw new IOException("the server is stopping", stopping);
        }
    }

    /** Its reader then finds that it has ended too early. */
    private void breakOff() {
        try {
            in.close();
        } catch (IOException broken) {
            // Its reader finds that, too.
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        ScheduledFuture<?> late = closeAfter(patience);
        try {
            return in.read(buffer, offset, length);
        } finally {
            late.cancel(false);
        }
    }

    @Override
    public void close() throws IOException {
        end.cancel(false);
        in.close();
    }
}
