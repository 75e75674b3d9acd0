package dev.hyperfleet.core;

import java.util.regex.Pattern;

/**
 * Makes foreign text (from a guest, a client, a VMM) safe to show: it cannot control a terminal or reverse the
 * direction of text. Control and format characters (Unicode's category Cf, which includes bidirectional overrides),
 * line separators and unpaired surrogates become U+FFFD, except as the methods say.
 */
public final class SafeText {
    private static final String UNSAFE = "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]";
    private static final Pattern UNSAFE_IN_LINE = Pattern.compile(UNSAFE);
    private static final Pattern UNSAFE_IN_LINES = Pattern.compile("[" + UNSAFE + "&&[^\n\t]]");
    private static final Pattern COLOURS_AND_MOVES = Pattern.compile("\u001b\\[[0-9;?]*[A-Za-z]");
    private static final Pattern SPACES = Pattern.compile("[\\s\\x{85}\\p{Zl}\\p{Zp}]+");
    private static final Pattern LINE_ENDS = Pattern.compile("\r+\n?");

    private SafeText() {}

    /** The text in one line: line breaks and tabs become a space, colour sequences are removed. */
    public static String line(String text) {
        String plain =
                SPACES.matcher(COLOURS_AND_MOVES.matcher(text).replaceAll("")).replaceAll(" ");
        return UNSAFE_IN_LINE.matcher(plain).replaceAll("\ufffd");
    }

    /**
     * The text with its lines: newlines and tabs stay, a carriage return becomes a newline, colour sequences are
     * removed.
     */
    public static String lines(String text) {
        String plain = LINE_ENDS
                .matcher(COLOURS_AND_MOVES.matcher(text).replaceAll(""))
                .replaceAll("\n");
        return UNSAFE_IN_LINES.matcher(plain).replaceAll("\ufffd");
    }

    /** Whether the whole text can be shown in one line unchanged. */
    public static boolean isLine(String text) {
        return !UNSAFE_IN_LINE.matcher(text).find();
    }
}
