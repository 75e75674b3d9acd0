package dev.hyperfleet.core;

import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * A machine's id: 12 lower-case letters and digits, the first a letter, so that it fits a DNS label.
 * All of a machine's resources on the host are named after it.
 */
public record MachineId(String value) {
    /** The form of an id. */
    public static final Pattern FORM = Pattern.compile("[a-z][a-z0-9]{11}");

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";
    private static final String LETTERS_AND_DIGITS = LETTERS + "0123456789";
    private static final int LENGTH = 12;

    public MachineId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("not a machine id: " + value);
        }
    }

    /** Whether the text has the form of an id; any other text cannot name a machine. */
    public static boolean isValid(String text) {
        return FORM.matcher(text).matches();
    }

    public static MachineId random(RandomGenerator random) {
        StringBuilder id = new StringBuilder(LENGTH);
        id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        while (id.length() < LENGTH) {
            id.append(LETTERS_AND_DIGITS.charAt(random.nextInt(LETTERS_AND_DIGITS.length())));
        }
        return new MachineId(id.toString());
    }

    @Override
    public String toString() {
        return value;
    }
}
