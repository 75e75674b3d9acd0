package dev.hyperfleet.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Amounts with units, as options take them everywhere. */
public final class Units {
    private static final Pattern MEMORY = Pattern.compile("([1-9][0-9]{0,8})\\s*(?:([mgt])(?:i?b)?)?");
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})\\s*([smhdw]?)");
    private static final int STEP = 1024;

    private Units() {}

    /** Memory in MiB: 512, 512m, 1g. */
    public static final class Memory implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            Matcher matcher = MEMORY.matcher(text.toLowerCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new TypeConversionException("'%s' is no amount of memory, such as 512m or 1g".formatted(text));
            }
            long unit = switch (matcher.group(2)) {
                case "g" -> STEP;
                case "t" -> STEP * STEP;
                case null, default -> 1;
            };
            long mib = Long.parseLong(matcher.group(1)) * unit;
            if (mib > Integer.MAX_VALUE) {
                throw new TypeConversionException("'%s' is more than any host has".formatted(text));
            }
            return (int) mib;
        }
    }

    /** A time in whole seconds: 90, 90s, 30m, 12h, 7d, 2w. */
    public static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Matcher matcher = TIME.matcher(text.toLowerCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new TypeConversionException("'%s' is no time, such as 90s, 30m, 12h or 7d".formatted(text));
            }
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                case "d" -> Duration.ofDays(amount);
                case "w" -> Duration.ofDays(7 * amount);
                default -> Duration.ofSeconds(amount);
            };
        }
    }

    /** How long ago something was, in its largest unit: 5s, 3m, 2h, 9d. */
    static String age(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        if (duration.toMinutes() < 120) {
            return duration.toMinutes() + "m";
        }
        return duration.toHours() < 48 ? duration.toHours() + "h" : duration.toDays() + "d";
    }

    /** An amount of memory: 512m, 1g, 1.5g. */
    static String memory(long mib) {
        if (mib < STEP) {
            return mib + "m";
        }
        return mib % STEP == 0 ? mib / STEP + "g" : String.format(Locale.ROOT, "%.1fg", mib / (double) STEP);
    }

    /** An amount of bytes: 900 B, 4.2 MiB. */
    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double amount = bytes;
        int unit = 0;
        while (amount >= STEP && unit < units.length - 1) {
            amount /= STEP;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", amount, units[unit]);
    }
}
