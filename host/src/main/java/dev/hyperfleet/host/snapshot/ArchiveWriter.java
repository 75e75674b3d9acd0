package dev.hyperfleet.host.snapshot;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.host.NativeFile;
import dev.hyperfleet.host.SnapshotLayout;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes one {@link ArchiveFormat archive}. The archives of a snapshot are equal. Not for concurrent use. */
final class ArchiveWriter {
    /** The first that ZIP can express. */
    private static final LocalDateTime NEVER = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final ZipOutputStream archive;
    private final Map<String, byte[]> digests = new LinkedHashMap<>();

    ArchiveWriter(OutputStream to) {
        archive = new ZipOutputStream(to);
        archive.setLevel(Deflater.BEST_SPEED);
    }

    private interface Content {
        void writeTo(OutputStream to) throws IOException;
    }

    /** Writes the whole archive, and leaves its destination open. */
    void write(byte[] manifest, SnapshotLayout.Paths snapshot, boolean memory, byte[] key) throws IOException {
        add(ArchiveFormat.MANIFEST, to -> to.write(manifest));
        if (memory) {
            add(ArchiveFormat.DEVICES, to -> copy(snapshot.devices(), to));
            add(ArchiveFormat.MEMORY, to -> copy(snapshot.memory(), to));
        }
        add(ArchiveFormat.DISK, to -> copy(snapshot.disk(), to));
        byte[] list = ArchiveFormat.list(digests);
        add(ArchiveFormat.DIGESTS, to -> to.write(list));
        add(ArchiveFormat.SIGNATURE, to -> to.write(ArchiveFormat.signature(list, key)));
        archive.finish();
    }

    private void add(String name, Content content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(NEVER);
        archive.putNextEntry(entry);
        DigestOutputStream digesting = new DigestOutputStream(archive, Sha256.digest());
        content.writeTo(digesting);
        digests.put(name, digesting.getMessageDigest().digest());
        archive.closeEntry();
    }

    private static void copy(Path file, OutputStream to) throws IOException {
        try (NativeFile extents = NativeFile.openForReading(file);
                FileChannel from = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = from.size();
            DataOutputStream output = new DataOutputStream(to);
            output.writeLong(size);
            byte[] range = new byte[ArchiveFormat.MAX_RANGE];
            extents.<IOException>forEachExtent(size, (begin, end) -> {
                for (long offset = begin; offset < end; offset += range.length) {
                    int length = (int) Math.min(range.length, end - offset);
                    read(from, ByteBuffer.wrap(range, 0, length), offset);
                    output.writeLong(offset);
                    output.writeInt(length);
                    output.write(range, 0, length);
                }
            });
            output.writeLong(size);
            output.writeInt(0);
        }
    }

    private static void read(FileChannel from, ByteBuffer into, long offset) throws IOException {
        while (into.hasRemaining()) {
            if (from.read(into, offset + into.position()) < 0) {
                throw new IOException("the file has become shorter while it was read");
            }
        }
    }
}
