package dev.hyperfleet.host.network;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.PortConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** A connection from the host to a guest, over the network between them. */
final class TcpConnection implements PortConnection {
    private final SocketChannel channel;
    private final ReadDeadline deadline;

    private TcpConnection(SocketChannel channel) {
        this.channel = channel;
        this.deadline = new ReadDeadline(() -> close(channel));
    }

    /** Connects to a literal address: no name is looked up. */
    static PortConnection open(String address, int port, Duration timeout) {
        SocketChannel channel;
        try {
            channel = SocketChannel.open();
        } catch (IOException failure) {
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The host is out of sockets: " + failure, failure);
        }
        boolean connected = false;
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket().connect(new InetSocketAddress(address, port), Math.toIntExact(timeout.toMillis()));
            connected = true;
            return new TcpConnection(channel);
        } catch (SocketTimeoutException late) {
            throw new HyperfleetException(
                    ErrorCode.TIMEOUT, "port %d has not answered within %s".formatted(port, timeout), late);
        } catch (ConnectException refused) {
            throw new HyperfleetException(ErrorCode.PORT_CLOSED, "nothing listens on port " + port, refused);
        } catch (IOException unreachable) {
            throw new HyperfleetException(
                    ErrorCode.GUEST_ERROR, "port %d cannot be reached: %s".formatted(port, unreachable), unreachable);
        } finally {
            if (!connected) {
                close(channel);
            }
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length, Duration timeout) throws IOException {
        deadline.begin(timeout);
        try {
            return channel.read(ByteBuffer.wrap(buffer, offset, length));
        } finally {
            deadline.end();
        }
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        ByteBuffer data = ByteBuffer.wrap(buffer, offset, length);
        while (data.hasRemaining()) {
            var _ = channel.write(data);
        }
    }

    @Override
    public void endOutput() throws IOException {
        var _ = channel.shutdownOutput();
    }

    @Override
    public boolean isQuiet() {
        try {
            var _ = channel.configureBlocking(false);
            int count = channel.read(ByteBuffer.allocate(1));
            var _ = channel.configureBlocking(true);
            return count == 0;
        } catch (IOException broken) {
            return false;
        }
    }

    @Override
    public void close() {
        deadline.cancel();
        close(channel);
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure); // Linux closes a socket even if it reports an error
        }
    }
}
