package dev.hyperfleet.host.console;

import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds the start position in a console: an offset in its two files, the older one first, as if they were one. */
final class ConsoleStart {
    private ConsoleStart() {}

    static Path older(Path log) {
        return log.resolveSibling(log.getFileName() + ".1");
    }

    static long of(Path log, OptionalInt tail, Optional<Instant> since) {
        if (tail.isEmpty() && since.isEmpty()) {
            return 0;
        }
        byte[] before = read(older(log));
        byte[] now = read(log);
        long start = 0;
        if (since.isPresent()) {
            long older = written(older(log), since.get(), before.length);
            start = older < before.length ? older : before.length + written(log, since.get(), now.length);
        }
        return tail.isPresent() ? Math.max(start, lastLines(before, now, tail.getAsInt())) : start;
    }

    /** The offset in one file of output written at this time or later, to within a second. */
    private static long written(Path log, Instant time, long end) {
        byte[] times = read(log.resolveSibling(log.getFileName() + ".times"));
        for (String line : new String(times, StandardCharsets.US_ASCII).lines().toList()) {
            String[] words = line.split(" ", -1);
            if (words.length == 2 && Long.parseLong(words[1]) >= time.toEpochMilli()) {
                return Math.min(end, Long.parseLong(words[0]));
            }
        }
        return end;
    }

    private static long lastLines(byte[] before, byte[] now, int lines) {
        int total = before.length + now.length;
        int found = 0;
        for (int at = total - 1; at >= 0; at--) {
            byte one = at < before.length ? before[at] : now[at - before.length];
            boolean endsEarlierLine = one == '\n' && at < total - 1;
            if (endsEarlierLine && ++found == lines) {
                return at + 1L;
            }
        }
        return lines == 0 ? total : 0;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException none) {
            return new byte[0];
        } catch (IOException failure) {
            throw HostErrors.of("read", file, failure);
        }
    }
}
