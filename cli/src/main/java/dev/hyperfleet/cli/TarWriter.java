package dev.hyperfleet.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Writes a POSIX tar. All entries belong to root. */
final class TarWriter {
    private static final int BLOCK = TarReader.BLOCK;
    private static final int NAME_BYTES = 100;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int END_BLOCKS = 2;

    /** The first size that does not fit into eleven octal digits. */
    private static final long TOO_LARGE = 1L << 33;

    private final OutputStream archive;

    TarWriter(OutputStream archive) {
        this.archive = archive;
    }

    /** Adds an entry that has no content. */
    void add(TarEntry entry) throws IOException {
        byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
        byte[] link = entry.linkTarget().getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream pax = new ByteArrayOutputStream();
        if (name.length > NAME_BYTES || !isAscii(name)) {
            pax.writeBytes(record("path", name));
        }
        if (link.length > NAME_BYTES || !isAscii(link)) {
            pax.writeBytes(record("linkpath", link));
        }
        if (entry.size() >= TOO_LARGE) {
            pax.writeBytes(record("size", String.valueOf(entry.size()).getBytes(StandardCharsets.US_ASCII)));
        }
        if (pax.size() > 0) {
            archive.write(header('x', "pax".getBytes(StandardCharsets.US_ASCII), new byte[0], 0644, pax.size(), 0));
            archive.write(pax.toByteArray());
            pad(pax.size());
        }
        char type = switch (entry.kind()) {
            case FILE -> '0';
            case FOLDER -> '5';
            case SYMBOLIC_LINK -> '2';
            default -> throw new IllegalArgumentException("not written: " + entry.kind());
        };
        long seconds = Math.clamp(entry.modified().to(TimeUnit.SECONDS), 0, TOO_LARGE - 1);
        long size = entry.size() < TOO_LARGE ? entry.size() : 0;
        archive.write(header(type, name, link, entry.mode(), size, seconds));
    }

    /** Adds a file. If it shrinks meanwhile it is padded with zeros; if it grows, the growth is ignored. */
    void add(TarEntry entry, InputStream content) throws IOException {
        add(entry);
        byte[] buffer = new byte[BUFFER_BYTES];
        long left = entry.size();
        while (left > 0) {
            int wanted = (int) Math.min(buffer.length, left);
            int count = content.read(buffer, 0, wanted);
            if (count < 0) {
                Arrays.fill(buffer, (byte) 0);
                count = wanted;
            }
            archive.write(buffer, 0, count);
            left -= count;
        }
        pad(entry.size());
    }

    /** Writes the end. The stream stays open. */
    void finish() throws IOException {
        archive.write(new byte[END_BLOCKS * BLOCK]);
        archive.flush();
    }

    private void pad(long size) throws IOException {
        archive.write(new byte[(int) Math.floorMod(-size, (long) BLOCK)]);
    }

    private static byte[] header(char type, byte[] name, byte[] link, int mode, long size, long modified) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "%07o".formatted(mode));
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, "%011o".formatted(size));
        put(header, 136, "%011o".formatted(modified));
        put(header, 148, "        ");
        put(header, 156, String.valueOf(type));
        put(header, 157, link);
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        put(header, at, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void put(byte[] header, int at, byte[] bytes) {
        System.arraycopy(bytes, 0, header, at, Math.min(bytes.length, NAME_BYTES));
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte one : bytes) {
            if (one < 0) {
                return false;
            }
        }
        return true;
    }

    /** "LENGTH KEY=VALUE\n", where the length includes its own digits. */
    private static byte[] record(String key, byte[] value) {
        int rest = 1 + key.length() + 1 + value.length + 1;
        int length = rest;
        while (String.valueOf(length).length() + rest != length) {
            length = String.valueOf(length).length() + rest;
        }
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.writeBytes("%d %s=".formatted(length, key).getBytes(StandardCharsets.US_ASCII));
        record.writeBytes(value);
        record.write('\n');
        return record.toByteArray();
    }
}
