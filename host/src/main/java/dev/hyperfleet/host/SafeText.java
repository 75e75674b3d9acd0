package dev.hyperfleet.host;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The end of a log that a guest has written, made safe to show: it may hold anything. */
final class SafeText {
    private static final int MAX_BYTES = 4_000;
    private static final int MAX_LINES = 20;

    private SafeText() {}

    /** The last lines of a log; empty where there is none. */
    static String tail(Path log) {
        try {
            return Files.exists(log) ? clean(lastBytes(log)) : "";
        } catch (IOException failure) {
            return "(the log %s cannot be read: %s)".formatted(log, failure.getMessage());
        }
    }

    private static byte[] lastBytes(Path log) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(file.length(), MAX_BYTES)];
            file.seek(file.length() - bytes.length);
            file.readFully(bytes);
            return bytes;
        }
    }

    private static String clean(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8)
                .replace("\r", "")
                .replaceAll("\u001b\\[[0-9;?]*[A-Za-z]", "")
                .replaceAll("[\\p{Cntrl}&&[^\n\t]]", "\ufffd");
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size()));
    }
}
