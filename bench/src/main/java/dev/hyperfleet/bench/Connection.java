package dev.hyperfleet.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A keep-alive connection that has one request under way at a time, and never blocks. */
final class Connection {
    private static final int BROKEN = -1;

    private final SocketChannel channel;
    private final AnswerReader reader = new AnswerReader();
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

    /** Reads what has come; whether the exchange has ended by it, well or not. */
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

    /** The last answer's status code, or one that no server sends when the connection broke. */
    int status() {
        return broken ? BROKEN : reader.status();
    }

    boolean isBroken() {
        return broken;
    }

    /** When the last answer was complete, by {@link System#nanoTime}. */
    long answeredAt() {
        return answeredAt;
    }

    /** From the last request to its answer, in nanoseconds. */
    long elapsed() {
        return answeredAt - sentAt;
    }
}
