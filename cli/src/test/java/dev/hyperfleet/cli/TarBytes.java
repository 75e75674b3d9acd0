package dev.hyperfleet.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A tar written byte by byte: no tool writes what an attacker would. */
final class TarBytes {
    private static final int BLOCK = 512;

    private final ByteArrayOutputStream archive = new ByteArrayOutputStream();

    TarBytes file(String name, int mode, String content) {
        return header(name, '0', mode, "%011o\0".formatted(content.length()), "")
                .raw(content);
    }

    TarBytes folder(String name, int mode) {
        return header(name, '5', mode, "00000000000\0", "");
    }

    TarBytes link(char type, String name, String target) {
        return header(name, type, 0777, "00000000000\0", target);
    }

    TarBytes pax(String key, String value) {
        int rest = key.length() + value.getBytes(StandardCharsets.UTF_8).length + 3;
        int length = rest + String.valueOf(rest + 3).length();
        String record = "%d %s=%s\n".formatted(length, key, value);
        return description('x', record);
    }

    TarBytes description(char type, String content) {
        int length = content.getBytes(StandardCharsets.UTF_8).length;
        return header("meta", type, 0644, "%011o\0".formatted(length), "").raw(content);
    }

    /** A header with an arbitrary size. */
    TarBytes header(String name, char type, int mode, String size, String target) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "%07o\0".formatted(mode));
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, size);
        put(header, 136, "07265476600\0");
        Arrays.fill(header, 148, 156, (byte) ' ');
        header[156] = (byte) type;
        put(header, 157, target);
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        archive.writeBytes(header);
        return this;
    }

    /** Content, padded to whole blocks. */
    TarBytes raw(String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        archive.writeBytes(Arrays.copyOf(bytes, (bytes.length + BLOCK - 1) / BLOCK * BLOCK));
        return this;
    }

    InputStream end() {
        archive.writeBytes(new byte[2 * BLOCK]);
        return cut();
    }

    /** The archive without its end marker. */
    InputStream cut() {
        return new ByteArrayInputStream(archive.toByteArray());
    }

    /** The archive, followed by an endless repetition of one byte. */
    InputStream endlessly(char one) {
        return new SequenceInputStream(cut(), new InputStream() {
            @Override
            public int read() {
                return one;
            }

            @Override
            public int read(byte[] into, int at, int length) {
                Arrays.fill(into, at, at + length, (byte) one);
                return length;
            }
        });
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
