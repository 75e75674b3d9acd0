package dev.hyperfleet.api;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What a command has printed, in JSON: as it is where it is UTF-8, else in base64, so that no byte is
 * lost.
 *
 * @param encoding "utf-8" or "base64"
 */
record OutputText(String text, String encoding) {
    private static final int LONGEST_INCOMPLETE_CHARACTER = 3;

    /**
     * Chooses the encoding.
     *
     * @param cut whether the end may be missing; half of a character at the end is then left out
     */
    static OutputText of(byte[] bytes, boolean cut) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer input = ByteBuffer.wrap(bytes);
        CharBuffer output = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(input, output, false);
        boolean complete = !input.hasRemaining();
        boolean cutInACharacter = cut && input.remaining() <= LONGEST_INCOMPLETE_CHARACTER;
        if (!result.isError() && (complete || cutInACharacter)) {
            return new OutputText(output.flip().toString(), "utf-8");
        }
        return new OutputText(Base64.getEncoder().encodeToString(bytes), "base64");
    }
}
