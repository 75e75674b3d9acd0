package dev.hyperfleet.oci.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Writes a tar archive in the POSIX format, with extended headers where an entry needs one. The same entries give the
 * same bytes. For one thread.
 */
public final class TarWriter {
    private static final int NAME = 100;
    private static final long MAX_OCTAL = 07777777;
    private static final long MAX_LONG_OCTAL = 077777777777L;
    private static final int CHECKSUM = 148;

    /** In the year 2106, where squashfs ends. */
    private static final long MAX_TIME = 0xffff_ffffL;

    private final OutputStream to;

    public TarWriter(OutputStream to) {
        this.to = to;
    }

    /** Writes an entry without content. */
    public void write(TarEntry entry) throws IOException {
        write(entry, InputStream.nullInputStream());
    }

    /**
     * Writes an entry.
     *
     * @param content of the entry's size
     */
    public void write(TarEntry entry, InputStream content) throws IOException {
        if (entry.linkName().length() > NAME) {
            // GNU's header for it: of an extended one, sqfstar before 4.6 drops a leading '/' or '../'.
            writeExtension('K', (entry.linkName() + '\0').getBytes(ISO_8859_1));
        }
        byte[] extended = extended(entry);
        if (extended.length > 0) {
            writeExtension('x', extended);
        }
        writeHeader(entry.type().flag, entry, entry.size());
        long written = content.transferTo(to);
        if (written != entry.size()) {
            throw new IOException("a file of %d bytes has %d".formatted(entry.size(), written));
        }
        pad(written);
    }

    /** Ends the archive. The stream stays open. */
    public void finish() throws IOException {
        to.write(new byte[2 * TarReader.BLOCK]);
        to.flush();
    }

    private void writeExtension(char flag, byte[] content) throws IOException {
        writeHeader(flag, TarEntry.folder("extension"), content.length);
        to.write(content);
        pad(content.length);
    }

    private static byte[] extended(TarEntry entry) {
        StringBuilder records = new StringBuilder();
        if (entry.name().length() > NAME) {
            record(records, "path", entry.name());
        }
        if (entry.owner() > MAX_OCTAL) {
            record(records, "uid", String.valueOf(entry.owner()));
        }
        if (entry.group() > MAX_OCTAL) {
            record(records, "gid", String.valueOf(entry.group()));
        }
        if (entry.size() > MAX_LONG_OCTAL) {
            record(records, "size", String.valueOf(entry.size()));
        }
        entry.attributes().forEach((name, value) -> record(records, PaxHeader.ATTRIBUTE + name, value));
        return records.toString().getBytes(ISO_8859_1);
    }

    /** The length at its beginning counts itself. */
    private static void record(StringBuilder records, String key, String value) {
        int rest = key.length() + value.length() + 3;
        int length = rest + String.valueOf(rest).length();
        length = rest + String.valueOf(length).length();
        records.append(length).append(' ').append(key).append('=').append(value).append('\n');
    }

    private void writeHeader(char flag, TarEntry entry, long size) throws IOException {
        byte[] header = new byte[TarReader.BLOCK];
        text(header, 0, NAME, entry.name());
        octal(header, 100, 8, entry.mode());
        octal(header, 108, 8, Math.min(entry.owner(), MAX_OCTAL));
        octal(header, 116, 8, Math.min(entry.group(), MAX_OCTAL));
        octal(header, 124, 12, Math.min(size, MAX_LONG_OCTAL));
        octal(header, 136, 12, Math.clamp(entry.modified(), 0, MAX_TIME));
        header[156] = (byte) flag;
        text(header, 157, NAME, entry.linkName());
        text(header, 257, 8, "ustar\00000");
        if (entry.type() == TarEntry.Type.CHARACTER_DEVICE || entry.type() == TarEntry.Type.BLOCK_DEVICE) {
            octal(header, 329, 8, entry.major());
            octal(header, 337, 8, entry.minor());
        }
        Arrays.fill(header, CHECKSUM, CHECKSUM + 8, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        octal(header, CHECKSUM, 7, sum);
        to.write(header);
    }

    private static void text(byte[] header, int offset, int length, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        System.arraycopy(bytes, 0, header, offset, Math.min(bytes.length, length));
    }

    private static void octal(byte[] header, int offset, int length, long value) {
        text(header, offset, length, "%%0%do".formatted(length - 1).formatted(value));
    }

    private void pad(long size) throws IOException {
        int rest = (int) (size % TarReader.BLOCK);
        if (rest != 0) {
            to.write(new byte[TarReader.BLOCK - rest]);
        }
    }
}
