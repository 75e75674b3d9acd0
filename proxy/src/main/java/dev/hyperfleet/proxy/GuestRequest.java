package dev.hyperfleet.proxy;

import dev.hyperfleet.core.guest.PortConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/**
 * A request as sent to the guest, in HTTP/1.1.
 *
 * @param target path and query
 * @param headers without those for the body's framing
 * @param body the framing of the body
 */
record GuestRequest(String method, String target, HttpFields headers, Body body) {
    private static final int BUFFER_BYTES = 32 << 10;
    private static final byte[] LINE_END = {'\r', '\n'};

    /** How a body is framed. */
    sealed interface Body {
        record None() implements Body {}

        record Of(long length) implements Body {}

        /** Its length is not known in advance. */
        record Chunked() implements Body {}
    }

    void writeHead(PortConnection connection) throws IOException {
        StringBuilder head = new StringBuilder(1024);
        head.append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
        for (HttpField field : headers) {
            head.append(field.getName()).append(": ").append(field.getValue()).append("\r\n");
        }
        switch (body) {
            case Body.None() -> {}
            case Body.Of(long length) ->
                head.append("Content-Length: ").append(length).append("\r\n");
            case Body.Chunked() -> head.append("Transfer-Encoding: chunked\r\n");
        }
        head.append("\r\n");
        write(connection, head.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Streams the body. If a client sends less than it announced, the request fails. */
    void writeBody(PortConnection connection, InputStream content, TrailersSource trailers) throws IOException {
        byte[] piece = new byte[BUFFER_BYTES];
        boolean chunked = body instanceof Body.Chunked;
        for (int count = read(content, piece); count >= 0; count = read(content, piece)) {
            if (count > 0 && chunked) {
                writeChunk(connection, piece, count);
            } else if (count > 0) {
                connection.write(piece, 0, count);
            }
        }
        if (chunked) {
            ByteArrayOutputStream end = new ByteArrayOutputStream();
            end.writeBytes("0\r\n".getBytes(StandardCharsets.US_ASCII));
            for (HttpField field : trailers.get()) {
                end.writeBytes(
                        (field.getName() + ": " + field.getValue() + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            }
            end.writeBytes(LINE_END);
            write(connection, end.toByteArray());
        }
    }

    private static int read(InputStream content, byte[] piece) throws IOException {
        try {
            return content.read(piece);
        } catch (IOException gone) {
            throw new ClientGoneException(gone);
        }
    }

    /** Trailers, once all content has been read. */
    interface TrailersSource {
        HttpFields get();
    }

    private static void writeChunk(PortConnection connection, byte[] piece, int count) throws IOException {
        byte[] size = (Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] chunk = new byte[size.length + count + LINE_END.length];
        System.arraycopy(size, 0, chunk, 0, size.length);
        System.arraycopy(piece, 0, chunk, size.length, count);
        System.arraycopy(LINE_END, 0, chunk, size.length + count, LINE_END.length);
        write(connection, chunk);
    }

    private static void write(PortConnection connection, byte[] bytes) throws IOException {
        connection.write(bytes, 0, bytes.length);
    }
}
