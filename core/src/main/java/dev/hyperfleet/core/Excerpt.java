package dev.hyperfleet.core;

/** Shortens foreign text of any length for display. */
public final class Excerpt {
    private Excerpt() {}

    /**
     * The text, or its beginning and an ellipsis. A surrogate pair is never split: strict JSON parsers refuse half of
     * one.
     *
     * @param length maximum characters to keep
     */
    public static String of(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        boolean halves = Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, halves ? length - 1 : length) + "…";
    }
}
