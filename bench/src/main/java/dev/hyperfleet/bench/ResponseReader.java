package dev.hyperfleet.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Finds the end of an HTTP/1.1 response in a stream of bytes. Supports only what the measured servers send: a length or
 * chunks, and in chunks text without newlines.
 */
final class ResponseReader {
    private static final int MAX_HEAD_BYTES = 1024;
    private static final int STATUS_AT = 9;
    private static final int STATUS_END = 12;
    private static final String LENGTH = "\r\ncontent-length:";
    private static final String CHUNKED = "\r\ntransfer-encoding: chunked";

    /** "\r\n\r\n". */
    private static final int END_OF_HEAD = 0x0d0a0d0a;

    /** "\r\n0\r\n\r\n": the last chunk. */
    private static final long END_OF_CHUNKS = 0x0d0a300d0a0d0aL;

    private static final long SEVEN_BYTES = 0xffffffffffffffL;

    private final byte[] head = new byte[MAX_HEAD_BYTES];
    private int headLength;
    private int lastFour;
    private boolean inBody;
    private boolean chunked;
    private long lastSeven;
    private long bodyLeft;
    private int status;

    /** Reads all of the bytes; returns whether the response is complete. */
    boolean take(ByteBuffer bytes) throws IOException {
        while (!inBody && bytes.hasRemaining()) {
            takeHead(bytes.get());
        }
        if (!inBody) {
            return false;
        }
        boolean complete = chunked ? endsChunks(bytes) : endsLength(bytes);
        if (complete) {
            headLength = 0;
            lastFour = 0;
            lastSeven = 0;
            inBody = false;
        }
        return complete;
    }

    private void takeHead(byte next) throws IOException {
        if (headLength == MAX_HEAD_BYTES) {
            throw new IOException("a response's head is longer than %d bytes".formatted(MAX_HEAD_BYTES));
        }
        head[headLength++] = next;
        lastFour = lastFour << Byte.SIZE | (next & 0xff);
        if (lastFour == END_OF_HEAD) {
            readHead();
            inBody = true;
        }
    }

    private void readHead() throws IOException {
        String text = new String(head, 0, headLength, StandardCharsets.ISO_8859_1);
        status = Integer.parseInt(text, STATUS_AT, STATUS_END, 10);
        String lower = text.toLowerCase(Locale.ROOT);
        chunked = lower.contains(CHUNKED);
        if (!chunked) {
            int length = lower.indexOf(LENGTH);
            if (length < 0) {
                throw new IOException("a response without a length: " + text);
            }
            int end = lower.indexOf('\r', length + LENGTH.length());
            bodyLeft = Long.parseLong(
                    lower.substring(length + LENGTH.length(), end).strip());
        }
    }

    private boolean endsLength(ByteBuffer bytes) throws IOException {
        bodyLeft -= bytes.remaining();
        bytes.position(bytes.limit());
        if (bodyLeft < 0) {
            throw new IOException("a response is longer than announced");
        }
        return bodyLeft == 0;
    }

    private boolean endsChunks(ByteBuffer bytes) {
        bytes.position(Math.max(bytes.position(), bytes.limit() - Long.BYTES));
        while (bytes.hasRemaining()) {
            lastSeven = lastSeven << Byte.SIZE | (bytes.get() & 0xff);
        }
        return (lastSeven & SEVEN_BYTES) == END_OF_CHUNKS;
    }

    /** The status code of the last complete response. */
    int status() {
        return status;
    }
}
