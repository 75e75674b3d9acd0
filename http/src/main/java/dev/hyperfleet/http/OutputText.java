package dev.hyperfleet.http;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A command's output in JSON: as text if it is UTF-8, otherwise in base64, so that no byte is lost. Also in base64 if
 * escaped control characters would more than double it.
 *
 * @param encoding "utf-8" or "base64"
 */
public record OutputText(String text, String encoding) {
    private static final int LONGEST_INCOMPLETE_CHARACTER = 3;

    /** Bytes that JSON adds to a control character without a one-letter escape. */
    private static final int ESCAPE_GROWTH = 5;

    /**
     * Chooses the encoding.
     *
     * @param cut whether the end may be missing; a partial character at the end is then left out
     */
    public static OutputText of(byte[] bytes, boolean cut) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer input = ByteBuffer.wrap(bytes);
        CharBuffer output = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(input, output, false);
        boolean complete = !input.hasRemaining();
        boolean cutInACharacter = cut && input.remaining() <= LONGEST_INCOMPLETE_CHARACTER;
        if (!result.isError() && (complete || cutInACharacter) && !growsTooMuch(bytes)) {
            return new OutputText(output.flip().toString(), "utf-8");
        }
        return new OutputText(Base64.getEncoder().encodeToString(bytes), "base64");
    }

    private static boolean growsTooMuch(byte[] bytes) {
        long growth = 0;
        for (byte one : bytes) {
            growth += switch (one) {
                case '"', '\\', '\b', '\f', '\n', '\r', '\t' -> 1;
                default -> one >= 0 && one < ' ' ? ESCAPE_GROWTH : 0;
            };
        }
        return growth > bytes.length;
    }
}
