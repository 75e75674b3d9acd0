package dev.hyperfleet.core;

import java.util.regex.Pattern;

/**
 * Foreign text (of a guest, a client, a VMM), made safe to show: a terminal obeys nothing in it, and it
 * reads in the direction that it is written in. Controls, formats (Unicode's category Cf, which has what turns text around),
 * line separators and halves of surrogate pairs become U+FFFD, but for what the methods say.
 */
public final class SafeText {
    private static final String UNSAFE = "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]";
    private static final Pattern UNSAFE_IN_LINE = Pattern.compile(UNSAFE);
    private static final Pattern UNSAFE_IN_LINES = Pattern.compile("[" + UNSAFE + "&&[^\n\t]]");
    private static final Pattern COLOURS_AND_MOVES = Pattern.compile("\u001b\\[[0-9;?]*[A-Za-z]");
    private static final Pattern SPACES = Pattern.compile("[\\s\\x{85}\\p{Zl}\\p{Zp}]+");
    private static final Pattern LINE_ENDS = Pattern.compile("\r+\n?");

    private SafeText() {}

    /** The text in one line: line breaks and tabs become a space, escape sequences for colours are left out. */
    public static String line(String text) {
        String plain =
                SPACES.matcher(COLOURS_AND_MOVES.matcher(text).replaceAll("")).replaceAll(" ");
        return UNSAFE_IN_LINE.matcher(plain).replaceAll("\ufffd");
    }

    /** The text in its lines: newlines and tabs stay, a carriage return is a newline, colours are left out. */
    public static String lines(String text) {
        String plain = LINE_ENDS
                .matcher(COLOURS_AND_MOVES.matcher(text).replaceAll(""))
                .replaceAll("\n");
        return UNSAFE_IN_LINES.matcher(plain).replaceAll("\ufffd");
    }

    /** Whether all of the text can be shown in one line as it is. */
    public static boolean isLine(String text) {
        return !UNSAFE_IN_LINE.matcher(text).find();
    }
}
