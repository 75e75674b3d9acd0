package dev.hyperfleet.host.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogExcerptTest {
    private final Path log;

    LogExcerptTest(@TempDir Path folder) {
        log = folder.resolve("console.log");
    }

    @Test
    void plainTextStaysAsItIs() throws IOException {
        assertThat(end("one\ttab\r\ntwo, with an \u00e4 and a \u2713\n"))
                .isEqualTo("one\ttab\ntwo, with an \u00e4 and a \u2713\n");
    }

    @Test
    void coloursAndMovesOfTheCursorAreLeftOut() throws IOException {
        assertThat(end("\u001b[1;31mred\u001b[0m \u001b[2J\u001b[?25lblank")).isEqualTo("red blank");
    }

    @Test
    void whateverElseCouldCommandATerminalIsMadeVisible() throws IOException {
        // Titles (OSC), device queries, backspaces, a bell; and the same as single characters after U+007F.
        assertThat(end("\u001b]0;title\u0007 \u001bc a\bb \u0000 \u007f \u009b2J \u0085"))
                .isEqualTo("\ufffd]0;title\ufffd \ufffdc a\ufffdb \ufffd \ufffd \ufffd2J \ufffd");
    }

    /** They make a line read differently from what it is. */
    @Test
    void whatTurnsTheDirectionOfTextAroundIsMadeVisible() throws IOException {
        assertThat(end("a\u202eb\u2066c\u200ed")).isEqualTo("a\ufffdb\ufffdc\ufffdd");
    }

    @Test
    void noControlCharacterIsLeftOfAnyBytes() throws IOException {
        byte[] bytes = new byte[60_000];
        new Random(1).nextBytes(bytes);
        Files.write(log, bytes);
        assertThat(LogExcerpt.end(log).chars().filter(letter -> letter != '\n' && letter != '\t'))
                .noneMatch(Character::isISOControl);
    }

    @Test
    void ofALongLogTheEndIsRead() throws IOException {
        String end = end("x".repeat(1_000_000) + "the end");
        assertThat(end).endsWith("the end").hasSizeLessThan(100_000);
    }

    @Test
    void aLogThatIsNotThereIsEmpty() {
        assertThat(LogExcerpt.end(log)).isEmpty();
    }

    @Test
    void aLogThatCannotBeReadSaysSo() throws IOException {
        Files.createDirectory(log);
        assertThat(LogExcerpt.end(log)).startsWith("(the log " + log + " cannot be read: ");
    }

    @Test
    void theTailAreTheLastLinesThatAreNotBlank() {
        String lines = IntStream.rangeClosed(1, 50)
                .mapToObj(number -> number + "\n \n")
                .collect(Collectors.joining());
        assertThat(LogExcerpt.tail(lines).lines())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(31, 50).mapToObj(String::valueOf).toList());
        assertThat(LogExcerpt.tail("")).isEmpty();
        assertThat(LogExcerpt.tail("\n\n")).isEmpty();
    }

    @Test
    void aLongLineIsCut() {
        assertThat(LogExcerpt.tail("x".repeat(10_000) + "\nshort").lines())
                .containsExactlyElementsOf(List.of("x".repeat(400) + "…", "short"));
        // Half of a character is invalid Unicode: a strict client could not read the list that contains it.
        assertThat(LogExcerpt.tail("x".repeat(399) + "\ud83d\ude00")).isEqualTo("x".repeat(399) + "…");
    }

    @Test
    void aPanicIsFoundWhateverFollowsIt() {
        String stack = IntStream.range(0, 100)
                .mapToObj(number -> "[ 1.0] frame " + number + "\n")
                .collect(Collectors.joining());
        assertThat(LogExcerpt.panic("[ 0.9] Kernel panic - not syncing: VFS: no root \n" + stack))
                .contains("VFS: no root");
        assertThat(LogExcerpt.panic("Kernel panic - not syncing: " + "x".repeat(1_000))
                        .orElseThrow())
                .hasSize(200);
        assertThat(LogExcerpt.panic("all is well\n" + stack)).isEmpty();
    }

    private String end(String content) throws IOException {
        Files.writeString(log, content);
        return LogExcerpt.end(log);
    }
}
