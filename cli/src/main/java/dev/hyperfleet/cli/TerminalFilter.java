package dev.hyperfleet.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a guest's bytes safe to print piece by piece, as {@link TerminalText#lines} does. What is cut at the end of a
 * piece is kept for the next: a character, an escape sequence, a line's end.
 */
final class TerminalFilter implements AutoCloseable {
    /** The longest escape sequence that is removed. */
    private static final int MAX_KEPT = 64;

    private static final Pattern CUT = Pattern.compile("(\u001b(\\[[0-9;?]*)?|\r+)\\z");

    private final Consumer<byte[]> terminal;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] cutCharacter = new byte[0];
    private String kept = "";

    TerminalFilter(Consumer<byte[]> terminal) {
        this.terminal = terminal;
    }

    void print(byte[] piece) {
        String text = kept + decode(piece, false);
        Matcher cut = CUT.matcher(text);
        int end = cut.find() && text.length() - cut.start() <= MAX_KEPT ? cut.start() : text.length();
        kept = text.substring(end);
        send(text.substring(0, end));
    }

    private String decode(byte[] piece, boolean last) {
        ByteBuffer bytes = ByteBuffer.allocate(cutCharacter.length + piece.length)
                .put(cutCharacter)
                .put(piece)
                .flip();
        CharBuffer text = CharBuffer.allocate(bytes.remaining() + 1);
        var _ = decoder.decode(bytes, text, last);
        cutCharacter = new byte[bytes.remaining()];
        bytes.get(cutCharacter);
        return text.flip().toString();
    }

    private void send(String text) {
        terminal.accept(TerminalText.lines(text).getBytes(StandardCharsets.UTF_8));
    }

    /** Prints what was kept, at the end of the input. */
    @Override
    public void close() {
        send(kept + decode(new byte[0], true));
        kept = "";
    }
}
