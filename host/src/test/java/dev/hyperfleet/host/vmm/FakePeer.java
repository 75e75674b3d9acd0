package dev.hyperfleet.host.vmm;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The other end of a VMM's socket, which sends whatever a test specifies, regardless of requests. */
final class FakePeer implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong sent = new AtomicLong();

    /** What it sends on a connection; when that ends or fails, the connection is closed. */
    interface Speech {
        void to(FakePeer peer, SocketChannel client) throws IOException;
    }

    FakePeer(Path socket, Speech speech) throws IOException {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(() -> accept(speech));
    }

    /** Sends this, and then reads until the client disconnects. */
    static Speech saying(byte[] text) {
        return (peer, client) -> {
            peer.send(client, text);
            ByteBuffer ignored = ByteBuffer.allocate(4096);
            while (client.read(ignored.clear()) >= 0) {
                // It has nothing more to send.
            }
        };
    }

    /** Sends this, and disconnects. */
    static Speech hangingUpAfter(byte[] text) {
        return (peer, client) -> peer.send(client, text);
    }

    /** Sends the beginning once and the rest repeatedly, until the client disconnects. */
    static Speech endlessly(String beginning, String rest) {
        byte[] piece = rest.repeat(Math.max(1, (1 << 16) / rest.length())).getBytes(StandardCharsets.ISO_8859_1);
        return (peer, client) -> {
            peer.send(client, beginning.getBytes(StandardCharsets.ISO_8859_1));
            while (true) {
                peer.send(client, piece);
            }
        };
    }

    private void accept(Speech speech) {
        try {
            while (true) {
                SocketChannel client = listener.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> speak(speech, client));
            }
        } catch (IOException closed) {
            // The test has ended.
        }
    }

    private void speak(Speech speech, SocketChannel client) {
        try (client) {
            speech.to(this, client);
        } catch (IOException gone) {
            // As it may.
        }
    }

    void send(SocketChannel client, byte[] text) throws IOException {
        for (ByteBuffer bytes = ByteBuffer.wrap(text); bytes.hasRemaining(); ) {
            sent.addAndGet(client.write(bytes));
        }
    }

    /** The number of bytes that were read from it. */
    long sent() {
        return sent.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (SocketChannel client : open) {
            client.close();
        }
    }
}
