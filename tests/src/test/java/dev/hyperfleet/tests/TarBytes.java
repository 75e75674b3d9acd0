package dev.hyperfleet.tests;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A tar with one file of any name (POSIX ustar). */
final class TarBytes {
    private static final int BLOCK = 512;
    private static final int CHECKSUM_AT = 148;

    private TarBytes() {}

    static byte[] of(String name, String content) {
        byte[] archive = new byte[4 * BLOCK];
        put(archive, 0, name);
        put(archive, 100, "0000644\0");
        put(archive, 108, "0000000\0");
        put(archive, 116, "0000000\0");
        put(archive, 124, "%011o\0".formatted(content.length()));
        put(archive, 136, "00000000000\0");
        Arrays.fill(archive, CHECKSUM_AT, CHECKSUM_AT + 8, (byte) ' ');
        put(archive, 156, "0");
        put(archive, 257, "ustar\00000");
        int sum = 0;
        for (int at = 0; at < BLOCK; at++) {
            sum += archive[at] & 0xff;
        }
        put(archive, CHECKSUM_AT, "%06o\0 ".formatted(sum));
        put(archive, BLOCK, content);
        return archive;
    }

    private static void put(byte[] archive, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, archive, at, bytes.length);
    }
}
