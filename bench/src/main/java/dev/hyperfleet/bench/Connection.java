package dev.hyperfleet.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A keep-alive connection with one request in progress at a time, which never blocks. */
final class Connection {
    private static final int BROKEN = -1;

    private final SocketChannel channel;
    private final ResponseReader reader = new ResponseReader();
    private boolean broken;
    private long sentAt;
    private long answeredAt;

    Connection(SocketChannel channel) {
        this.channel = channel;
    }

    void send(byte[] request) throws IOException {
        sentAt = System.nanoTime();
        if (channel.write(ByteBuffer.wrap(request)) != request.length) {
            throw new IOException("a request did not fit into the socket's empty buffer");
        }
    }

    /** Reads available bytes; returns whether the exchange has ended, successfully or not. */
    boolean receive(ByteBuffer buffer) throws IOException {
        buffer.clear();
        try {
            broken = channel.read(buffer) < 0;
        } catch (IOException reset) {
            broken = true;
        }
        boolean complete = broken || reader.take(buffer.flip());
        if (complete) {
            answeredAt = System.nanoTime();
        }
        if (broken) {
            channel.close();
        }
        return complete;
    }

    /** The last response's status code, or one that no server sends if the connection failed. */
    int status() {
        return broken ? BROKEN : reader.status();
    }

    boolean isBroken() {
        return broken;
    }

    /** When the last response was complete, by {@link System#nanoTime}. */
    long answeredAt() {
        return answeredAt;
    }

    /** From the last request to its response, in nanoseconds. */
    long elapsed() {
        return answeredAt - sentAt;
    }
}
