package dev.hyperfleet.guest;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The remote end of a machine's port as a plain socket, which can misbehave as no gRPC server would. */
final class FakeAgent implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final Behaviour behaviour;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    /** What it does with a connection, on a thread per connection. */
    interface Behaviour {
        void serve(SocketChannel connection) throws IOException;
    }

    /** Listens; a behaviour that returns or fails has closed its connection. */
    static FakeAgent at(Path socket, Behaviour behaviour) {
        try {
            Files.createDirectories(socket.getParent());
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listener.bind(UnixDomainSocketAddress.of(socket));
            return new FakeAgent(listener, behaviour);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private FakeAgent(ServerSocketChannel listener, Behaviour behaviour) {
        this.listener = listener;
        this.behaviour = behaviour;
        var _ = Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = listener.accept();
                open.add(connection);
                var _ = Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException closed) {
            // The test has ended.
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            behaviour.serve(connection);
        } catch (IOException gone) {
            // The control plane has closed the connection, or the test has ended.
        } finally {
            open.remove(connection);
        }
    }

    /** Drops all connections; new ones are served. */
    void disconnectAll() {
        for (SocketChannel connection : open) {
            try {
                connection.close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        disconnectAll();
    }

    /** Reads the control plane's greeting, with its end of line. */
    static String readGreeting(SocketChannel connection) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        ByteBuffer one = ByteBuffer.allocate(1);
        do {
            if (connection.read(one.clear()) < 0) {
                throw new EOFException();
            }
            line.write(one.get(0));
        } while (one.get(0) != '\n');
        return line.toString(US_ASCII);
    }

    static void write(SocketChannel connection, String text) throws IOException {
        write(connection, text.getBytes(US_ASCII));
    }

    static void write(SocketChannel connection, byte[] bytes) throws IOException {
        for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
            connection.write(left);
        }
    }

    /** Sends no more, and reads until the control plane disconnects. */
    static void fallSilent(SocketChannel connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        while (connection.read(buffer.clear()) >= 0) {
            // What is received does not matter.
        }
    }

    /** Forwards everything to the server, in both directions, until either end closes. */
    static void relay(SocketChannel connection, Path server) throws IOException {
        try (SocketChannel backend = SocketChannel.open(UnixDomainSocketAddress.of(server))) {
            var _ = Thread.ofVirtual().start(() -> copyQuietly(backend, connection));
            copy(connection, backend);
        }
    }

    private static void copyQuietly(SocketChannel from, SocketChannel to) {
        try (to) {
            copy(from, to);
        } catch (IOException closed) {
            // One end has closed, so the other is closed too.
        }
    }

    private static void copy(SocketChannel from, SocketChannel to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (from.read(buffer.clear()) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                to.write(buffer);
            }
        }
    }
}
