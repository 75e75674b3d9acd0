package dev.hyperfleet.host.image;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
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
            String digest = Sha256.of(file);
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
