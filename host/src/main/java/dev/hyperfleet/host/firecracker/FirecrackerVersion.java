package dev.hyperfleet.host.firecracker;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of Firecracker. */
public record FirecrackerVersion(int major, int minor, int patch) implements Comparable<FirecrackerVersion> {
    /** The oldest version with every part of the API that we use. */
    public static final FirecrackerVersion OLDEST = new FirecrackerVersion(1, 7, 0);

    /**
     * From this version on it describes its devices by ACPI; before, the kernel must read them from its command line.
     */
    public static final FirecrackerVersion ACPI = new FirecrackerVersion(1, 8, 0);

    /** From this version on, the host cannot reach a guest any more that was paused and resumed. */
    private static final FirecrackerVersion PAUSE_BREAKS = new FirecrackerVersion(1, 16, 0);

    /**
     * From this version on it can again; but a guest that is paused during traffic may keep a CPU busy until it is
     * resumed.
     */
    private static final FirecrackerVersion PAUSE_SPINS = new FirecrackerVersion(1, 16, 2);

    /** From this version on pauses work. */
    public static final FirecrackerVersion PAUSE_WORKS = new FirecrackerVersion(1, 17, 0);

    /** From this version on it can save only the pages that a guest has used. */
    private static final FirecrackerVersion SAVES_TOUCHED = new FirecrackerVersion(1, 13, 0);

    private static final Pattern PRINTED = Pattern.compile("Firecracker v(\\S{1,40})");
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})(?!\\d).*");

    /** Reads what "firecracker --version" prints. */
    public static Optional<FirecrackerVersion> parse(String output) {
        Matcher matcher = PRINTED.matcher(output);
        return matcher.find() ? of(matcher.group(1)) : Optional.empty();
    }

    /** Reads a version as it is written: "1.16.1", or "1.17.0-dev". */
    static Optional<FirecrackerVersion> of(String text) {
        Matcher matcher = NUMBERS.matcher(text);
        return matcher.matches()
                ? Optional.of(new FirecrackerVersion(
                        Integer.parseInt(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)),
                        Integer.parseInt(matcher.group(3))))
                : Optional.empty();
    }

    public boolean isSupported() {
        return compareTo(OLDEST) >= 0;
    }

    /** Whether it can save only the pages that a guest has used. */
    boolean savesOnlyTouched() {
        return compareTo(SAVES_TOUCHED) >= 0;
    }

    /**
     * Why its guests cannot be paused, and so not saved, as the end of a sentence that says which version is needed;
     * empty if they can.
     */
    public Optional<String> pauseObstacle() {
        return isIn(PAUSE_BREAKS, PAUSE_SPINS)
                ? Optional.of(("Firecracker %s loses the connection to a guest that was paused and resumed, and %s or "
                                + "newer is needed")
                        .formatted(this, PAUSE_SPINS))
                : Optional.empty();
    }

    /** A remaining problem of pauses, in a sentence. */
    public Optional<String> pauseWarning() {
        return isIn(PAUSE_SPINS, PAUSE_WORKS)
                ? Optional.of(("Firecracker %s may keep a CPU busy after a guest is paused during traffic, until it is "
                                + "resumed.")
                        .formatted(this))
                : Optional.empty();
    }

    private boolean isIn(FirecrackerVersion first, FirecrackerVersion end) {
        return compareTo(first) >= 0 && compareTo(end) < 0;
    }

    @Override
    public int compareTo(FirecrackerVersion other) {
        return Comparator.comparingInt(FirecrackerVersion::major)
                .thenComparingInt(FirecrackerVersion::minor)
                .thenComparingInt(FirecrackerVersion::patch)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return "%d.%d.%d".formatted(major, minor, patch);
    }
}
