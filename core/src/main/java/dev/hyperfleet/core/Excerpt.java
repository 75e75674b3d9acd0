package dev.hyperfleet.core;

import java.util.regex.Pattern;

/** What can be shown of a text that somebody else has written, and that may be of any length. */
public final class Excerpt {
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cc}+");

    private Excerpt() {}

    /**
     * The text, or its beginning and an ellipsis. Half of a surrogate pair is never left: it is no Unicode,
     * which strict readers of JSON refuse.
     *
     * @param length characters to keep at the most
     */
    public static String of(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        boolean halves = Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, halves ? length - 1 : length) + "…";
    }

    /** The text in one line, with a space in the place of control characters: it is shown in terminals. */
    public static String line(String text) {
        return CONTROLS.matcher(text).replaceAll(" ");
    }
}
