package dev.hyperfleet.tests;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** HTTP/2 by hand (RFC 9113, RFC 7541), for frames that no correct client sends. */
final class Http2Frames {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RESET = 3;
    static final int GO_AWAY = 7;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    private static final int SETTINGS = 4;
    private static final int LONGEST = 127;

    private Http2Frames() {}

    /** The connection preface. */
    static ByteArrayOutputStream preface() {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(Proxied.ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        frames.writeBytes(frame(SETTINGS, 0, 0, new byte[0]));
        return frames;
    }

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** Alternating names and values, as literals of less than 127 bytes. */
    static byte[] fields(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int index = 0; index < namesAndValues.length; index += 2) {
            block.write(0);
            string(block, namesAndValues[index]);
            string(block, namesAndValues[index + 1]);
        }
        return block.toByteArray();
    }

    private static void string(ByteArrayOutputStream block, String text) {
        byte[] bytes = Proxied.ascii(text);
        if (bytes.length >= LONGEST) {
            throw new IllegalArgumentException("too long: " + text);
        }
        block.write(bytes.length);
        block.writeBytes(bytes);
    }

    /** The content of the response on stream 1; the part that arrived if it is cut off. */
    static String content(RawConnection connection) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        while (true) {
            byte[] head = connection.read(9);
            if (head.length < 9) {
                return content.toString(StandardCharsets.UTF_8);
            }
            int length = ByteBuffer.wrap(head).getInt() >>> 8;
            int type = head[3];
            int stream = ByteBuffer.wrap(head, 5, 4).getInt();
            byte[] payload = connection.read(length);
            if (type == DATA && stream == 1) {
                content.writeBytes(payload);
            }
            boolean ends = stream == 1 && (type == DATA || type == HEADERS) && (head[4] & END_STREAM) != 0;
            if (ends || type == RESET || type == GO_AWAY) {
                return content.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
