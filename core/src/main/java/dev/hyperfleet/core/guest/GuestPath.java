package dev.hyperfleet.core.guest;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A path in a guest. It is only meaningful there: it never refers to anything on the host.
 *
 * @param bytes begins with '/'; need not be UTF-8
 */
public record GuestPath(byte[] bytes) {
    public static GuestPath of(String text) {
        return new GuestPath(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The path as text; empty if it is not UTF-8. */
    public Optional<String> text() {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException notText) {
            return Optional.empty();
        }
    }
}
