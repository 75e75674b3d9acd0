package dev.hyperfleet.oci;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.oci.tar.TarEntry;
import dev.hyperfleet.oci.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.json.JsonMapper;

/** Makes images, as a folder of the OCI's image layout, out of layers that a test describes. */
final class ImageMaker {
    private static final long TIME = 1_700_000_000L;

    private final Path folder;
    private final List<Map<String, Object>> layers = new ArrayList<>();
    private final List<String> archives = new ArrayList<>();

    ImageMaker(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("blobs/sha256"));
    }

    Path folder() {
        return folder;
    }

    /** The entries of one layer. */
    static final class LayerMaker {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final TarWriter archive = new TarWriter(bytes);

        LayerMaker folder(String name, int mode) throws IOException {
            TarEntry folder = name.equals(".")
                    ? TarEntry.folder("./")
                    : entry(TarEntry.Type.FOLDER, name + "/", mode, 0, "", Map.of());
            archive.write(folder);
            return this;
        }

        LayerMaker file(String name, String content) throws IOException {
            return file(name, content.getBytes(StandardCharsets.UTF_8), 0644, Map.of());
        }

        LayerMaker file(String name, byte[] content, int mode, Map<String, String> attributes) throws IOException {
            archive.write(
                    entry(TarEntry.Type.FILE, name, mode, content.length, "", attributes),
                    new ByteArrayInputStream(content));
            return this;
        }

        LayerMaker link(String name, String target) throws IOException {
            archive.write(entry(TarEntry.Type.SYMBOLIC_LINK, name, 0777, 0, target, Map.of()));
            return this;
        }

        LayerMaker hardLink(String name, String target) throws IOException {
            archive.write(entry(TarEntry.Type.HARD_LINK, name, 0644, 0, target, Map.of()));
            return this;
        }

        LayerMaker device(String name, TarEntry.Type type, int major, int minor) throws IOException {
            archive.write(new TarEntry(type, name, 0600, 0, 0, 0, TIME, "", major, minor, new TreeMap<>(Map.of())));
            return this;
        }

        LayerMaker without(String path) throws IOException {
            int slash = path.lastIndexOf('/') + 1;
            return file(path.substring(0, slash) + ".wh." + path.substring(slash), "");
        }

        LayerMaker opaque(String folder) throws IOException {
            return file(folder + "/.wh..wh..opq", "");
        }

        private static TarEntry entry(
                TarEntry.Type type, String name, int mode, long size, String link, Map<String, String> attributes) {
            SortedMap<String, String> sorted = new TreeMap<>(attributes);
            return new TarEntry(type, name, mode, 1000, 100, size, TIME, link, 0, 0, sorted);
        }

        byte[] archive() throws IOException {
            archive.finish();
            return bytes.toByteArray();
        }
    }

    ImageMaker layer(LayerMaker layer) throws IOException {
        return layer(layer.archive());
    }

    ImageMaker layer(byte[] archive) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(archive);
        }
        archives.add(digest(archive));
        layers.add(store("application/vnd.oci.image.layer.v1.tar+gzip", compressed.toByteArray()));
        return this;
    }

    /** Writes the image under a tag. */
    void finish(String tag) throws IOException {
        Map<String, Object> config = store(
                "application/vnd.oci.image.config.v1+json",
                JsonMapper.shared()
                        .writeValueAsBytes(Map.of(
                                "os",
                                "linux",
                                "architecture",
                                "amd64",
                                "config",
                                Map.of("Cmd", List.of("sh"), "Env", List.of("A=b")),
                                "rootfs",
                                Map.of("type", "layers", "diff_ids", archives))));
        Map<String, Object> manifest = new TreeMap<>(store(
                "application/vnd.oci.image.manifest.v1+json",
                JsonMapper.shared()
                        .writeValueAsBytes(Map.of(
                                "schemaVersion",
                                2,
                                "mediaType",
                                "application/vnd.oci.image.manifest.v1+json",
                                "config",
                                config,
                                "layers",
                                layers))));
        manifest.put("annotations", Map.of("org.opencontainers.image.ref.name", tag));
        Files.write(
                folder.resolve("index.json"),
                JsonMapper.shared().writeValueAsBytes(Map.of("schemaVersion", 2, "manifests", List.of(manifest))));
        Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    private Map<String, Object> store(String type, byte[] content) throws IOException {
        String digest = digest(content);
        Files.write(folder.resolve("blobs/sha256").resolve(digest.substring("sha256:".length())), content);
        return Map.of("mediaType", type, "digest", digest, "size", content.length);
    }

    private static String digest(byte[] content) {
        return "sha256:" + HexFormat.of().formatHex(Sha256.digest().digest(content));
    }
}
