package dev.hyperfleet.vmm;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of Firecracker. */
public record FirecrackerVersion(int major, int minor, int patch) implements Comparable<FirecrackerVersion> {
    /** The oldest that has all that we use of its API. */
    public static final FirecrackerVersion OLDEST = new FirecrackerVersion(1, 7, 0);

    /** From here on it describes its devices by ACPI; before, the kernel must read them off its command line. */
    public static final FirecrackerVersion ACPI = new FirecrackerVersion(1, 8, 0);

    private static final Pattern FORM = Pattern.compile("Firecracker v(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})");

    /** Reads what "firecracker --version" prints. */
    public static Optional<FirecrackerVersion> parse(String output) {
        Matcher matcher = FORM.matcher(output);
        return matcher.find()
                ? Optional.of(new FirecrackerVersion(
                        Integer.parseInt(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)),
                        Integer.parseInt(matcher.group(3))))
                : Optional.empty();
    }

    public boolean isSupported() {
        return compareTo(OLDEST) >= 0;
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
