package dev.hyperfleet.core;

/** The part of a foreign text, of any length, that can be shown. */
public final class Excerpt {
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
}
