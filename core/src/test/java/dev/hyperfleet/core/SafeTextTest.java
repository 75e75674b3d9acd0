package dev.hyperfleet.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class SafeTextTest {
    private static final Set<Integer> UNSAFE = Set.of(
            (int) Character.CONTROL,
            (int) Character.FORMAT,
            (int) Character.SURROGATE,
            (int) Character.LINE_SEPARATOR,
            (int) Character.PARAGRAPH_SEPARATOR);

    @Test
    void noCharacterOfUnicodeThatATerminalObeysIsLeft() {
        for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
            String text = "a" + Character.toString(character) + "b";
            boolean unsafe = UNSAFE.contains(Character.getType(character));
            assertThat(SafeText.isLine(text)).as("U+%04X", character).isEqualTo(!unsafe);
            String line = SafeText.line(text);
            String lines = SafeText.lines(text);
            if (!unsafe) {
                assertThat(line).as("U+%04X", character).isEqualTo(text);
                assertThat(lines).as("U+%04X", character).isEqualTo(text);
                continue;
            }
            assertThat(line).as("U+%04X", character).isIn("a\ufffdb", "a b");
            boolean ofLines = character == '\n' || character == '\t' || character == '\r';
            assertThat(lines).as("U+%04X", character).isEqualTo(ofLines ? text.replace('\r', '\n') : "a\ufffdb");
        }
    }

    @Test
    void aLineHasSpacesForBreaksAndNoColours() {
        assertThat(SafeText.line("one\r\n\t two\u2028three\u0085four")).isEqualTo("one two three four");
        assertThat(SafeText.line("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007 \u001b\u001b[m[2J"))
                .isEqualTo("red \ufffd]0;title\ufffd \ufffd[2J");
    }

    @Test
    void linesStayLines() {
        assertThat(SafeText.lines("one\ttab\r\ntwo\r\r\n10 %\r20 %\u202e"))
                .isEqualTo("one\ttab\ntwo\n10 %\n20 %\ufffd");
    }
}
