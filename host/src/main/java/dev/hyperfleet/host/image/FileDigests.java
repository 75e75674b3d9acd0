package dev.hyperfleet.host.image;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * The SHA-256 of large files. Results are stored in a file, with the size, the time of change and the inode: reading an
 * image of some hundred MiB would dominate the time of each start. For one thread.
 */
public final class FileDigests {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path memory;
    private final Map<String, Known> known;

    /** A file as it was when its digest was computed. */
    private record Known(long size, String modified, String inode, String sha256) {
        boolean isOf(BasicFileAttributes file) {
            return size == file.size()
                    && modified.equals(file.lastModifiedTime().toString())
                    && inode.equals(String.valueOf(file.fileKey()));
        }
    }

    /**
     * Digests that are stored in this file. A missing or damaged file is created.
     */
    public FileDigests(Path memory) {
        this.memory = memory;
        this.known = recall(memory);
    }

    private static Map<String, Known> recall(Path memory) {
        try {
            return new TreeMap<>(
                    JSON.readValue(Files.readAllBytes(memory), new TypeReference<Map<String, Known>>() {}));
        } catch (IOException | JacksonException none) {
            return new TreeMap<>();
        }
    }

    /** The file's SHA-256, as 64 hexadecimal digits. */
    public String of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Known before = known.get(file.toString());
            if (before != null && before.isOf(attributes)) {
                return before.sha256;
            }
            String digest = compute(file);
            known.put(
                    file.toString(),
                    new Known(
                            attributes.size(),
                            attributes.lastModifiedTime().toString(),
                            String.valueOf(attributes.fileKey()),
                            digest));
            remember();
            return digest;
        } catch (IOException failure) {
            throw HostErrors.of("read", file, failure);
        }
    }

    private static String compute(Path file) throws IOException {
        MessageDigest digest = Sha256.digest();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream content = Files.newInputStream(file)) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void remember() {
        Path unfinished = memory.resolveSibling(memory.getFileName() + ".new");
        try {
            Files.write(unfinished, JSON.writeValueAsBytes(known));
            Files.move(unfinished, memory, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException noRoom) {
            // The next start computes it again.
        }
    }
}
