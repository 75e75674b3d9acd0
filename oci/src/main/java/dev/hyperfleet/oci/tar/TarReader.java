package dev.hyperfleet.oci.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads a tar archive from a stream: POSIX (pax), old and GNU headers, as in tar(5). For one thread. All that it stores
 * of an archive is bounded.
 */
public final class TarReader {
    static final int BLOCK = 512;

    /** Linux has no longer paths. */
    private static final int MAX_NAME = 4096;

    private static final int MAX_HEADER = 1 << 20;
    private static final int NAME_END = 100;
    private static final int MAGIC = 257;
    private static final int PREFIX = 345;
    private static final int PREFIX_END = 500;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_END = 156;
    private static final int TYPE = 156;

    private final InputStream from;
    private final byte[] header = new byte[BLOCK];
    private final byte[] skipped = new byte[1 << 14];

    /** What is left of the current entry's content, and of the padding behind it. */
    private long left;

    private long padding;

    /** The size of the headers before the current entry's own. */
    private long extended;

    public TarReader(InputStream from) {
        this.from = from;
    }

    /**
     * The next entry; its content is to be read before the next call, and skipped otherwise.
     *
     * @throws TarException if the archive is damaged
     */
    public Optional<TarEntry> next() throws IOException {
        PaxHeader pax = new PaxHeader();
        extended = 0;
        while (readHeader()) {
            char flag = (char) header[TYPE];
            long size = number(124, 136);
            switch (flag) {
                case 'x' -> pax.read(extension(size));
                case 'g' -> skipFully(padded(size)); // for all entries; Docker and containerd ignore it, too
                case 'L' -> pax.longName(text(extension(size)));
                case 'K' -> pax.longLink(text(extension(size)));
                default -> {
                    return Optional.of(entry(flag, size, pax));
                }
            }
        }
        return Optional.empty();
    }

    /** The current entry's content. */
    public InputStream content() {
        return new Content();
    }

    private TarEntry entry(char flag, long headerSize, PaxHeader pax) throws IOException {
        pax.requireNotSparse();
        String name = pax.name().orElseGet(this::name);
        if (name.length() > MAX_NAME) {
            throw new TarException("has a path of more than %d bytes".formatted(MAX_NAME));
        }
        TarEntry.Type type = type(flag, name);
        long size = pax.number("size", headerSize);
        if (size < 0) {
            throw new TarException("has a file of a negative size");
        }
        left = size;
        padding = padded(size) - size;
        boolean isDevice = type == TarEntry.Type.CHARACTER_DEVICE || type == TarEntry.Type.BLOCK_DEVICE;
        boolean isLink = type == TarEntry.Type.SYMBOLIC_LINK || type == TarEntry.Type.HARD_LINK;
        String link = pax.link().orElseGet(() -> text(157, 257));
        if (link.length() > MAX_NAME) {
            throw new TarException("has a link of more than %d bytes".formatted(MAX_NAME));
        }
        return new TarEntry(
                type,
                name,
                (int) number(100, 108) & 07777,
                pax.number("uid", number(108, 116)),
                pax.number("gid", number(116, 124)),
                type == TarEntry.Type.FILE ? size : 0,
                pax.number("mtime", number(136, 148)),
                isLink ? link : "",
                isDevice ? (int) number(329, 337) : 0,
                isDevice ? (int) number(337, 345) : 0,
                pax.attributes());
    }

    private static TarEntry.Type type(char flag, String name) throws TarException {
        if (flag == '\0' || flag == '7' || flag == '0') {
            return name.endsWith("/") ? TarEntry.Type.FOLDER : TarEntry.Type.FILE; // before POSIX, only the slash told
        }
        return Arrays.stream(TarEntry.Type.values())
                .filter(type -> type.flag == flag)
                .findFirst()
                .orElseThrow(() -> new TarException(
                        "has an entry of type '%s', which is not supported".formatted(printable(flag))));
    }

    private static String printable(char flag) {
        return flag > ' ' && flag < 127 ? String.valueOf(flag) : "0x%02x".formatted((int) flag);
    }

    private String name() {
        String name = text(0, NAME_END);
        boolean posix = text(MAGIC, MAGIC + 5).equals("ustar") && header[MAGIC + 5] == 0;
        String prefix = posix ? text(PREFIX, PREFIX_END) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String text(int begin, int end) {
        return text(Arrays.copyOfRange(header, begin, end));
    }

    private static String text(byte[] bytes) {
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, ISO_8859_1);
    }

    /** In octal digits, or, if the first bit is set, in binary. */
    private long number(int begin, int end) throws TarException {
        if ((header[begin] & 0x80) != 0) {
            long value = header[begin] & 0x3f;
            boolean negative = (header[begin] & 0x40) != 0;
            for (int i = begin + 1; i < end; i++) {
                value = (value << 8) | (header[i] & 0xff);
            }
            if (negative || value < 0) {
                throw new TarException("has a number out of range");
            }
            return value;
        }
        String digits = text(begin, end).strip();
        if (!digits.matches("[0-7]{0,12}")) {
            throw new TarException("has a number that is none");
        }
        return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    }

    private static long padded(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }

    /**
     * Reads a header that is not empty. An archive ends with an empty one, or without; then the padding of the last file
     * may be missing, as in archives of umoci.
     */
    private boolean readHeader() throws IOException {
        skipFully(left);
        left = 0;
        var _ = from.readNBytes(skipped, 0, (int) padding);
        padding = 0;
        int read = from.readNBytes(header, 0, BLOCK);
        if (read == 0 || isEmpty()) {
            return false;
        }
        if (read < BLOCK) {
            throw cutOff();
        }
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= CHECKSUM && i < CHECKSUM_END ? ' ' : header[i] & 0xff;
        }
        String digits = text(CHECKSUM, CHECKSUM_END).strip();
        if (!digits.matches("[0-7]{1,8}") || Integer.parseInt(digits, 8) != sum) {
            throw new TarException("is not a tar archive, or is damaged");
        }
        return true;
    }

    private boolean isEmpty() {
        for (byte each : header) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    private byte[] extension(long size) throws IOException {
        extended += size;
        if (size < 0 || extended > MAX_HEADER) {
            throw new TarException("has an entry with headers of more than %d bytes".formatted(MAX_HEADER));
        }
        byte[] bytes = from.readNBytes((int) size);
        if (bytes.length < size) {
            throw cutOff();
        }
        skipFully(padded(size) - size);
        return bytes;
    }

    /** By reading, so that a digest of the stream has all of it. */
    private void skipFully(long bytes) throws IOException {
        long rest = bytes;
        while (rest > 0) {
            int read = from.read(skipped, 0, (int) Math.min(rest, skipped.length));
            if (read < 0) {
                throw cutOff();
            }
            rest -= read;
        }
    }

    private static TarException cutOff() {
        return new TarException("ends too early");
    }

    private final class Content extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = from.read(buffer, offset, (int) Math.min(length, left));
            if (read < 0) {
                throw cutOff();
            }
            left -= read;
            return read;
        }
    }
}
