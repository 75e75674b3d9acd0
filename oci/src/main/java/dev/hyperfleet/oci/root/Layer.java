package dev.hyperfleet.oci.root;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.oci.tar.TarException;
import dev.hyperfleet.oci.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A layer of an image.
 *
 * @param file its content as the registry has it: a tar archive, compressed by gzip or not at all
 * @param digest of the archive itself, as {@code sha256:} and 64 hexadecimal digits; the image's configuration has it
 */
public record Layer(Path file, String digest) {
    private static final int BUFFER = 1 << 16;
    private static final int GZIP = 0x8b1f;
    private static final int ZSTD = 0xb528;

    /** Reads the archive. */
    interface Reader {
        void read(TarReader archive) throws IOException;
    }

    /**
     * Reads it, and all of it: only then is its digest known.
     *
     * @param most how many bytes the archive may have
     * @return how many it has
     * @throws TarException if it is damaged or too large, or has another digest
     */
    long read(long most, Reader reader) throws IOException {
        try (InputStream from = new BufferedInputStream(Files.newInputStream(file), BUFFER);
                Bounded archive = new Bounded(decompressed(from), most)) {
            DigestInputStream digested = new DigestInputStream(archive, Sha256.digest());
            reader.read(new TarReader(digested));
            digested.transferTo(OutputStream.nullOutputStream());
            String found = "sha256:"
                    + HexFormat.of().formatHex(digested.getMessageDigest().digest());
            if (!found.equals(digest)) {
                throw new TarException("has the digest %s, and the image says %s".formatted(found, digest));
            }
            return archive.size;
        } catch (ZipException | EOFException damaged) {
            throw new TarException("is damaged: its compression ends too early, or makes no sense");
        }
    }

    private static InputStream decompressed(InputStream from) throws IOException {
        from.mark(2);
        int magic = from.read() | (from.read() << 8);
        from.reset();
        return switch (magic) {
            case GZIP -> new GZIPInputStream(from, BUFFER);
            case ZSTD -> throw new TarException("is compressed by zstd, which is not supported");
            default -> from;
        };
    }

    /** A small archive may become any size. */
    private static final class Bounded extends FilterInputStream {
        private final long most;
        private long size;

        Bounded(InputStream from, long most) {
            super(from);
            this.most = most;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            if (read > 0) {
                size += read;
                if (size > most) {
                    throw new TarException("makes its image larger than allowed");
                }
            }
            return read;
        }
    }
}
