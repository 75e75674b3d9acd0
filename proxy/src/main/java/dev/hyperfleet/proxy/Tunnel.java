package dev.hyperfleet.proxy;

import dev.hyperfleet.core.guest.PortConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection after the guest has switched its protocol: bytes in both directions, until both end. */
final class Tunnel extends AbstractConnection implements Connection.UpgradeTo {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);
    private static final int BUFFER_BYTES = 16 << 10;

    private final PortConnection guest;
    private final ByteBuffer fromGuest;
    private final Duration idle;
    private final Runnable end;
    private final AtomicInteger directions = new AtomicInteger(2);
    private ByteBuffer fromClient = BufferUtil.EMPTY_BUFFER; // what arrived before it became a tunnel

    /**
     * Creates a tunnel, which begins when Jetty opens it.
     *
     * @param fromGuest what the guest has sent already
     * @param idle how long both sides may be silent
     * @param end is run once, when the tunnel has ended
     */
    Tunnel(
            EndPoint client,
            Executor executor,
            PortConnection guest,
            ByteBuffer fromGuest,
            Duration idle,
            Runnable end) {
        super(client, executor);
        this.guest = guest;
        this.fromGuest = fromGuest;
        this.idle = idle;
        this.end = end;
    }

    @Override
    public void onUpgradeTo(ByteBuffer buffer) {
        fromClient = buffer;
    }

    @Override
    public void onOpen() {
        super.onOpen();
        getEndPoint().setIdleTimeout(idle.toMillis());
        Thread.ofVirtual().name("tunnel-to-guest").start(() -> run(this::toGuest));
        Thread.ofVirtual().name("tunnel-to-client").start(() -> run(this::toClient));
    }

    private interface Direction {
        void run() throws IOException;
    }

    private void run(Direction direction) {
        boolean done = false;
        try {
            direction.run();
            done = true;
        } catch (IOException | RuntimeException broken) {
            LOG.debug("a tunnel has ended", broken);
        } finally {
            if (!done || directions.decrementAndGet() == 0) {
                close();
            }
        }
    }

    private void toGuest() throws IOException {
        byte[] bytes = new byte[BUFFER_BYTES];
        int count = fromClient.remaining();
        while (count > 0) {
            int length = Math.min(count, bytes.length);
            fromClient.get(bytes, 0, length);
            guest.write(bytes, 0, length);
            count -= length;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        for (int filled = fill(buffer); filled >= 0; filled = fill(buffer)) {
            guest.write(bytes, 0, filled);
        }
        guest.endOutput();
    }

    private int fill(ByteBuffer buffer) throws IOException {
        buffer.clear().limit(0);
        int count = getEndPoint().fill(buffer);
        while (count == 0) {
            try (Blocker.Callback readable = Blocker.callback()) {
                getEndPoint().fillInterested(readable);
                readable.block();
            }
            count = getEndPoint().fill(buffer);
        }
        return count;
    }

    private void toClient() throws IOException {
        if (fromGuest.hasRemaining()) {
            write(fromGuest);
        }
        byte[] bytes = new byte[BUFFER_BYTES];
        int count = guest.read(bytes, 0, bytes.length, PortConnection.FOREVER);
        while (count >= 0) {
            write(ByteBuffer.wrap(bytes, 0, count));
            count = guest.read(bytes, 0, bytes.length, PortConnection.FOREVER);
        }
        getEndPoint().shutdownOutput();
    }

    private void write(ByteBuffer data) throws IOException {
        try (Blocker.Callback written = Blocker.callback()) {
            getEndPoint().write(written, data);
            written.block();
        }
    }

    @Override
    public void onFillable() {
        // No notification is needed: a reader waits with its own callback.
    }

    /** Everything from the guest goes to the client, so this side is idle only when both are. */
    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        close();
        return false;
    }

    @Override
    public void close() {
        guest.close();
        super.close();
    }

    @Override
    public void onClose(Throwable cause) {
        super.onClose(cause);
        guest.close();
        end.run();
    }
}
