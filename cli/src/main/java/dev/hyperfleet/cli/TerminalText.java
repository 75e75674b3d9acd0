package dev.hyperfleet.cli;

import java.util.regex.Pattern;

/**
 * Makes text of guests, other clients and servers safe to print: it cannot control a terminal or reverse the direction
 * of text. Control and format characters (Unicode's category Cf, which includes bidirectional overrides), line
 * separators and unpaired surrogates become U+FFFD, with the exceptions below. The server applies the same rule.
 */
final class TerminalText {
    private static final Pattern COLOURS_AND_MOVES = Pattern.compile("\u001b\\[[0-9;?]*[A-Za-z]");
    private static final Pattern SPACES = Pattern.compile("[\\s\\x{85}\\p{Zl}\\p{Zp}]+");
    private static final Pattern LINE_ENDS = Pattern.compile("\r+\n?");
    private static final String UNSAFE = "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]";
    private static final Pattern UNSAFE_IN_LINE = Pattern.compile(UNSAFE);
    private static final Pattern UNSAFE_IN_LINES = Pattern.compile("[" + UNSAFE + "&&[^\n\t]]");

    private TerminalText() {}

    /** The text in one line: line breaks and tabs become a space, colour sequences are removed. */
    static String line(String text) {
        String plain =
                SPACES.matcher(COLOURS_AND_MOVES.matcher(text).replaceAll("")).replaceAll(" ");
        return UNSAFE_IN_LINE.matcher(plain).replaceAll("\ufffd");
    }

    /**
     * The text with its lines: newlines and tabs stay, a carriage return becomes a newline, colour sequences are
     * removed.
     */
    static String lines(String text) {
        String plain = LINE_ENDS
                .matcher(COLOURS_AND_MOVES.matcher(text).replaceAll(""))
                .replaceAll("\n");
        return UNSAFE_IN_LINES.matcher(plain).replaceAll("\ufffd");
    }

    /** Equivalent JSON with such characters escaped: they only occur in strings. */
    static String json(String json) {
        return UNSAFE_IN_LINES
                .matcher(json)
                .replaceAll(found ->
                        found.group().chars().mapToObj("\\\\u%04x"::formatted).reduce("", String::concat));
    }
}
