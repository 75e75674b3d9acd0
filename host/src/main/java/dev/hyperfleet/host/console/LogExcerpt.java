package dev.hyperfleet.host.console;

import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.SafeText;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The end of a log that a guest wrote, made safe to show: it may contain anything. */
public final class LogExcerpt {
    private static final int MAX_BYTES = 64 << 10;
    private static final int MAX_LINES = 20;
    private static final int MAX_LINE_LENGTH = 400;
    private static final Pattern PANIC = Pattern.compile("Kernel panic - not syncing: ([^\n]{1,200})");

    private LogExcerpt() {}

    /** The last part of a log; empty if there is none. */
    public static String end(Path log) {
        try {
            return Files.exists(log) ? SafeText.lines(new String(lastBytes(log), StandardCharsets.UTF_8)) : "";
        } catch (IOException failure) {
            return "(the log %s cannot be read: %s)".formatted(log, failure.getMessage());
        }
    }

    /** The last lines of it. */
    public static String tail(String end) {
        List<String> lines = end.lines()
                .filter(line -> !line.isBlank())
                .map(line -> Excerpt.of(line, MAX_LINE_LENGTH))
                .toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size()));
    }

    /** The kernel's panic message, if it panicked; the stack trace after it is longer than the last lines. */
    public static Optional<String> panic(String end) {
        Matcher matcher = PANIC.matcher(end);
        return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    }

    private static byte[] lastBytes(Path log) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(file.length(), MAX_BYTES)];
            file.seek(file.length() - bytes.length);
            file.readFully(bytes);
            return bytes;
        }
    }
}
