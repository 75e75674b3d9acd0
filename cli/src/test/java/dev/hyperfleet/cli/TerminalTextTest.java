package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

/** Text of a guest or another client cannot control a terminal. */
class TerminalTextTest {
    private static final Set<Integer> UNSAFE = Set.of(
            (int) Character.CONTROL,
            (int) Character.FORMAT,
            (int) Character.SURROGATE,
            (int) Character.LINE_SEPARATOR,
            (int) Character.PARAGRAPH_SEPARATOR);

    /** A title, a colour, C1's escape, reversed text, a line separator, an invisible tag. */
    private static final String HOSTILE = "\u001b]0;PWNED\u0007\u001b[31m\u009b2J\u202eabc\u2028\udb40\udc41\u007f";

    private static void assertSafe(String printed) {
        assertThat(printed.codePoints().filter(character -> character != '\n' && character != '\t'))
                .as(printed)
                .noneMatch(character -> UNSAFE.contains(Character.getType(character)));
    }

    @Test
    void everyCharacterOfUnicodeIsSafeInEachForm() {
        List<UnaryOperator<String>> forms = List.of(
                TerminalText::line,
                TerminalText::lines,
                text -> TerminalText.json(JsonMapper.shared().writeValueAsString(text)));
        for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
            String text = "a" + Character.toString(character) + "b";
            for (UnaryOperator<String> form : forms) {
                String printed = form.apply(text);
                assertSafe(printed);
                if (!UNSAFE.contains(Character.getType(character)) && character != '"' && character != '\\') {
                    assertThat(printed).contains(text);
                }
            }
        }
    }

    @Test
    void jsonKeepsItsValue() {
        Object value = Map.of("text", HOSTILE + " ä ✓ \ud83d\ude00", "more", List.of("\n\t", 1));
        String printed = TerminalText.json(JsonMapper.shared().writeValueAsString(value));
        assertSafe(printed);
        assertThat(JsonMapper.shared().readValue(printed, Object.class)).isEqualTo(value);
        assertThat(printed).contains("\\u009b", "\\u202e", "\\udb40\\udc41", "ä ✓ \ud83d\ude00");
    }

    @Test
    void allThatCommandsPrintIsSafe() {
        StringWriter out = new StringWriter();
        StringWriter errors = new StringWriter();
        CommandLine command = new CommandLine(new MachineCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(errors));
        Output output = new Output(command);
        output.table(List.of("a", "b"), List.of(Map.of("a", HOSTILE + "\nnext", "b", List.of(HOSTILE))));
        assertThat(out.toString().lines()).hasSize(2);
        output.json(Map.of("a", HOSTILE));
        output.jsonLine(Map.of(HOSTILE, HOSTILE));
        output.text(HOSTILE + "\nnext");
        output.say(HOSTILE);
        assertSafe(out.toString());
        assertSafe(errors.toString());
    }

    @Test
    void aStreamIsSafeWhereverItIsCut() {
        byte[] bytes = (HOSTILE + "\u001b[1;31mred\u001b[0m ä✓\ud83d\ude00\r\nlogin: \r\r\nend")
                .getBytes(StandardCharsets.UTF_8);
        String whole = TerminalText.lines(new String(bytes, StandardCharsets.UTF_8));
        for (int size = 1; size <= bytes.length; size++) {
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            try (TerminalFilter filter = new TerminalFilter(printed::writeBytes)) {
                for (int at = 0; at < bytes.length; at += size) {
                    filter.print(java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
                }
            }
            assertThat(printed.toString(StandardCharsets.UTF_8))
                    .as("pieces of %d bytes", size)
                    .isEqualTo(whole);
        }
    }

    @Test
    void aStreamHoldsNothingBackThatIsWhole() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        TerminalFilter filter = new TerminalFilter(printed::writeBytes);
        filter.print("login: ".getBytes(StandardCharsets.UTF_8));
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualTo("login: ");
        filter.print(("\u001b[" + "1;".repeat(100_000)).getBytes(StandardCharsets.UTF_8));
        assertThat(printed.size()).as("an escape sequence without an end").isGreaterThan(200_000);
        filter.print(new byte[] {(byte) 0xff, 'x'});
        assertThat(printed.toString(StandardCharsets.UTF_8)).endsWith("\ufffdx");
        filter.close();
    }
}
