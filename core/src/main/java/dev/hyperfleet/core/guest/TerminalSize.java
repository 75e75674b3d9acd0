package dev.hyperfleet.core.guest;

/** A terminal's size in characters, 1 to 65,535 each. */
public record TerminalSize(int rows, int columns) {
    public static final int MAX = 65_535;
}
