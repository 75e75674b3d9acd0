package dev.hyperfleet.host.snapshot;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.host.SnapshotArchive;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.SnapshotLayout;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/** Reads one {@link ArchiveFormat archive}, which a stranger may have written. */
final class ArchiveReader implements SnapshotArchive {
    private static final long MIB = 1024 * 1024;

    /** The state of a guest's devices, which no other number bounds: 73 KiB under QEMU. */
    private static final long MAX_DEVICES = 64 * MIB;

    private static final int MAX_TEXT = 4096;

    private final ZipInputStream archive;
    private final SnapshotLayout layout;
    private final byte[] key;
    private final Map<String, byte[]> digests = new LinkedHashMap<>();
    private final byte[] manifest;
    private LongConsumer toldOfKept = _ -> {};
    private long kept;
    private long told;

    /**
     * @param key of the hosts that trust each other's archives
     */
    ArchiveReader(InputStream from, SnapshotLayout layout, byte[] key) {
        this.archive = new ZipInputStream(from);
        this.layout = layout;
        this.key = key.clone();
        this.manifest = reading(() -> text(ArchiveFormat.MANIFEST, MAX_MANIFEST));
    }

    private interface Step<T extends @Nullable Object> {
        T take() throws IOException;
    }

    @Override
    public byte[] manifest() {
        return manifest.clone();
    }

    @Override
    public void receive(SnapshotId id, Content expected, LongConsumer kept) {
        toldOfKept = kept;
        SnapshotLayout.Paths unfinished = layout.unfinished(id);
        boolean received = false;
        try {
            Folders.create(unfinished.directory());
            reading(() -> {
                receive(unfinished, expected);
                return null;
            });
            received = true;
        } finally {
            if (!received) {
                Folders.remove(unfinished.directory());
            }
        }
    }

    private void receive(SnapshotLayout.Paths to, Content expected) throws IOException {
        if (expected.memoryMib() > 0) {
            boolean kept = !expected.diskOnly();
            file(ArchiveFormat.DEVICES, new Sizes(0, MAX_DEVICES), to.devices(), kept);
            file(ArchiveFormat.MEMORY, Sizes.exactly(expected.memoryMib()), to.memory(), kept);
        }
        file(ArchiveFormat.DISK, Sizes.exactly(expected.diskMib()), to.disk(), true);
        byte[] list = ArchiveFormat.list(digests);
        if (!Arrays.equals(list, text(ArchiveFormat.DIGESTS, MAX_TEXT))) {
            throw damaged("its files do not have the digests in " + ArchiveFormat.DIGESTS, null);
        }
        byte[] signature = text(ArchiveFormat.SIGNATURE, MAX_TEXT);
        boolean trusted = MessageDigest.isEqual(signature, ArchiveFormat.signature(list, key));
        if (expected.memoryMib() > 0 && !expected.diskOnly() && !trusted) {
            throw new HyperfleetException(
                    ErrorCode.VALIDATION_ERROR,
                    "The archive's memory is not signed with this host's key, and VMMs trust what they load. Set "
                            + "HYPERFLEET_ARCHIVE_KEY to the same text on both hosts and export it again, or import "
                            + "its disk alone with memory=false.");
        }
    }

    /** The sizes that a file may have, in bytes. A disk need not end with a whole MiB. */
    private record Sizes(long least, long most) {
        static Sizes exactly(long mib) {
            return new Sizes((mib - 1) * MIB + 1, mib * MIB);
        }
    }

    private void file(String name, Sizes sizes, Path to, boolean kept) throws IOException {
        Entry entry = next(name);
        DataInputStream content = new DataInputStream(entry.content());
        long size = content.readLong();
        if (size < sizes.least() || size > sizes.most()) {
            throw damaged("'%s' has %d bytes, which its manifest does not allow".formatted(name, size), null);
        }
        if (kept) {
            try (RangeWriter file = RangeWriter.create(to, size)) {
                copy(name, content, size, (range, length, offset) -> {
                    count(file.write(range, length, offset));
                });
            }
        } else {
            copy(name, content, size, (_, _, _) -> {});
        }
        end(entry);
    }

    private void count(int bytes) {
        kept += bytes;
        if (kept - told >= MIB) {
            told = kept;
            toldOfKept.accept(kept);
        }
    }

    private interface Ranges {
        void write(byte[] range, int length, long offset);
    }

    private void copy(String name, DataInputStream content, long size, Ranges to) throws IOException {
        byte[] range = new byte[ArchiveFormat.MAX_RANGE];
        long end = 0;
        int length;
        do {
            long offset = content.readLong();
            length = content.readInt();
            if (offset < end || length < 0 || length > range.length || offset > size - length) {
                throw damaged("'%s' has a range that is out of order".formatted(name), null);
            }
            content.readFully(range, 0, length);
            to.write(range, length, offset);
            end = offset + length;
        } while (length > 0);
    }

    private byte[] text(String name, int maximum) throws IOException {
        Entry entry = next(name);
        byte[] text = entry.content().readNBytes(maximum);
        end(entry);
        return text;
    }

    private record Entry(String name, DigestInputStream content) {}

    private Entry next(String name) throws IOException {
        ZipEntry entry = archive.getNextEntry();
        if (entry == null || !entry.getName().equals(name)) {
            throw damaged("it has no '%s' where one is expected".formatted(name), null);
        }
        return new Entry(name, new DigestInputStream(archive, Sha256.digest()));
    }

    private void end(Entry entry) throws IOException {
        if (entry.content().read() >= 0) {
            throw damaged("'%s' is too long".formatted(entry.name()), null);
        }
        digests.put(entry.name(), entry.content().getMessageDigest().digest());
    }

    private static <T extends @Nullable Object> T reading(Step<T> step) {
        try {
            return step.take();
        } catch (EOFException | ZipException failure) {
            throw damaged("it ends early, or is no ZIP file", failure);
        } catch (IOException failure) {
            throw damaged("it could not be read to its end", failure);
        }
    }

    private static HyperfleetException damaged(String problem, @Nullable Exception cause) {
        String message = "The archive is damaged: %s. Export the snapshot again.".formatted(problem);
        return cause == null
                ? new HyperfleetException(ErrorCode.VALIDATION_ERROR, message)
                : new HyperfleetException(ErrorCode.VALIDATION_ERROR, message, cause);
    }
}
