package dev.hyperfleet.cli;

import dev.hyperfleet.cli.TarEntry.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Reads a tar: POSIX's, with pax headers, and GNU's long names. The archive may be an attacker's: the memory for an
 * entry's headers is bounded, and no size is trusted before its bytes have arrived.
 */
final class TarReader {
    static final int BLOCK = 512;

    /** Maximum bytes of a pax header or a long name: several times the longest path. */
    private static final int MAX_DESCRIPTION = 64 << 10;

    /** Maximum headers for one entry; GNU's and POSIX's tar write at most three. */
    private static final int MAX_DESCRIPTIONS = 8;

    private static final int BUFFER_BYTES = 64 << 10;
    private static final int NAME = 0;
    private static final int NAME_BYTES = 100;
    private static final int MODE = 100;
    private static final int SIZE = 124;
    private static final int MODIFIED = 136;
    private static final int NUMBER_BYTES = 12;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_BYTES = 8;
    private static final int TYPE = 156;
    private static final int LINK = 157;
    private static final int MAGIC_END = 262;
    private static final int PREFIX = 345;
    private static final int PREFIX_BYTES = 155;
    private static final int OCTAL = 8;
    private static final int MODE_BITS = 07777;

    private final InputStream archive;
    private long contentLeft;
    private long paddingLeft;

    TarReader(InputStream archive) {
        this.archive = archive;
    }

    /**
     * The next entry; empty at the end of the archive. Unread content of the previous one is skipped.
     *
     * @throws MalformedTarException where it is not a tar
     */
    Optional<TarEntry> next() throws IOException {
        Map<String, String> described = new HashMap<>();
        for (int headers = 0; headers <= MAX_DESCRIPTIONS; headers++) {
            skipContent();
            byte[] header = archive.readNBytes(BLOCK);
            if (header.length < BLOCK) {
                throw cutOff(); // an archive has an end marker, which shows that nothing is missing
            }
            if (isZero(header)) {
                return Optional.empty();
            }
            if (!checksumHolds(header)) {
                throw new MalformedTarException("it is not a tar");
            }
            begin(number(header, SIZE, NUMBER_BYTES));
            switch (header[TYPE]) {
                case 'x' -> readPax(described);
                case 'g' -> readDescription(); // global headers: nothing that matters here
                case 'L' -> described.put("path", text(readDescription()));
                case 'K' -> described.put("linkpath", text(readDescription()));
                default -> {
                    return Optional.of(entry(header, described));
                }
            }
        }
        throw new MalformedTarException("it describes one entry more than %d times".formatted(MAX_DESCRIPTIONS));
    }

    /** Copies the content of the current entry. */
    void copyContent(OutputStream to) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        while (contentLeft > 0) {
            int count = archive.read(buffer, 0, (int) Math.min(buffer.length, contentLeft));
            if (count < 0) {
                throw cutOff();
            }
            to.write(buffer, 0, count);
            contentLeft -= count;
        }
    }

    private TarEntry entry(byte[] header, Map<String, String> described) throws MalformedTarException {
        Kind kind = described.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."))
                ? Kind.OTHER
                : kind(header[TYPE]);
        if (described.containsKey("size")) {
            begin(decimal(described.get("size")));
        }
        if (kind != Kind.FILE && kind != Kind.OTHER) {
            begin(0); // whatever the header says: those have no content
        }
        String name = described.getOrDefault("path", name(header));
        return new TarEntry(
                name,
                kind == Kind.FILE && name.endsWith("/") ? Kind.FOLDER : kind, // as old tars wrote folders
                (int) number(header, MODE, CHECKSUM_BYTES) & MODE_BITS,
                contentLeft,
                described.getOrDefault("linkpath", text(field(header, LINK, NAME_BYTES))),
                FileTime.from(header[MODIFIED] < 0 ? 0 : number(header, MODIFIED, NUMBER_BYTES), TimeUnit.SECONDS));
    }

    private static Kind kind(byte type) {
        return switch (type) {
            case '0', '7', 0 -> Kind.FILE;
            case '1' -> Kind.HARD_LINK;
            case '2' -> Kind.SYMBOLIC_LINK;
            case '3' -> Kind.CHARACTER_DEVICE;
            case '4' -> Kind.BLOCK_DEVICE;
            case '5' -> Kind.FOLDER;
            case '6' -> Kind.PIPE;
            default -> Kind.OTHER;
        };
    }

    private static String name(byte[] header) {
        String name = text(field(header, NAME, NAME_BYTES));
        boolean posix = header[MAGIC_END] == 0; // after "ustar"; GNU's uses the prefix field for other data
        String prefix = posix ? text(field(header, PREFIX, PREFIX_BYTES)) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** Records of the form "LENGTH KEY=VALUE\n". */
    private void readPax(Map<String, String> described) throws IOException {
        byte[] records = readDescription();
        int at = 0;
        while (at < records.length) {
            int space = at;
            while (space < records.length && records[space] != ' ') {
                space++;
            }
            long length = decimal(new String(records, at, space - at, StandardCharsets.US_ASCII));
            long end = at + length;
            if (end > records.length || end <= space + 1 || records[(int) end - 1] != '\n') {
                throw new MalformedTarException("it has a malformed pax header");
            }
            String record = new String(records, space + 1, (int) end - space - 2, StandardCharsets.UTF_8);
            int equals = record.indexOf('=');
            if (equals < 1) {
                throw new MalformedTarException("it has a malformed pax header");
            }
            described.put(record.substring(0, equals), record.substring(equals + 1));
            at = (int) end;
        }
    }

    private byte[] readDescription() throws IOException {
        if (contentLeft > MAX_DESCRIPTION) {
            throw new MalformedTarException(
                    "it has a name or a pax header of more than %d bytes".formatted(MAX_DESCRIPTION));
        }
        byte[] description = archive.readNBytes((int) contentLeft);
        if (description.length < contentLeft) {
            throw cutOff();
        }
        contentLeft = 0;
        return description;
    }

    private void begin(long size) {
        contentLeft = size;
        paddingLeft = Math.floorMod(-size, (long) BLOCK);
    }

    private void skipContent() throws IOException {
        copyContent(OutputStream.nullOutputStream());
        for (; paddingLeft > 0; paddingLeft--) {
            if (archive.read() < 0) {
                throw cutOff();
            }
        }
    }

    private static MalformedTarException cutOff() {
        return new MalformedTarException("it was cut off");
    }

    private static boolean isZero(byte[] block) {
        for (byte one : block) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    /** The sum of all bytes, with spaces in place of the sum itself. */
    private static boolean checksumHolds(byte[] header) throws MalformedTarException {
        long sum = (long) CHECKSUM_BYTES * ' ';
        for (int at = 0; at < BLOCK; at++) {
            sum += at >= CHECKSUM && at < CHECKSUM + CHECKSUM_BYTES ? 0 : header[at] & 0xff;
        }
        return number(header, CHECKSUM, CHECKSUM_BYTES) == sum;
    }

    /** In octal digits, or in binary if the first bit is set. */
    private static long number(byte[] header, int at, int length) throws MalformedTarException {
        byte[] field = Arrays.copyOfRange(header, at, at + length);
        BigInteger value;
        if (field[0] < 0) {
            field[0] &= 0x7f;
            value = new BigInteger(field);
        } else {
            String digits = text(field(header, at, length)).strip();
            if (!digits.matches("[0-7]*")) {
                throw new MalformedTarException("a number in it is not one: it is not a tar");
            }
            value = digits.isEmpty() ? BigInteger.ZERO : new BigInteger(digits, OCTAL);
        }
        return bounded(value);
    }

    private static long decimal(String digits) throws MalformedTarException {
        if (!digits.matches("[0-9]{1,20}")) {
            throw new MalformedTarException("it has a malformed pax header");
        }
        return bounded(new BigInteger(digits));
    }

    private static long bounded(BigInteger value) throws MalformedTarException {
        if (value.signum() < 0 || value.bitLength() > 62) {
            throw new MalformedTarException("it has a number that is out of bounds");
        }
        return value.longValue();
    }

    /** A field's bytes up to the first NUL. */
    private static byte[] field(byte[] header, int at, int length) {
        int end = at;
        while (end < at + length && header[end] != 0) {
            end++;
        }
        return Arrays.copyOfRange(header, at, end);
    }

    /** Without the trailing NUL of GNU's long names. */
    private static String text(byte[] bytes) {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) {
            length--;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
