package dev.hyperfleet.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.oci.ImageMaker.LayerMaker;
import dev.hyperfleet.oci.root.Layer;
import dev.hyperfleet.oci.root.RootFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that were made to do harm, or are damaged: each is refused with a reason. */
class HostileLayerTest {
    private static final RootFile.Limits LIMITS = new RootFile.Limits(1 << 20, 1000);

    @TempDir
    private Path folder;

    private int stored;

    private Layer store(byte[] archive) throws IOException {
        return store(archive, archive);
    }

    private Layer store(byte[] bytes, byte[] archive) throws IOException {
        Path file = Files.write(folder.resolve("layer" + stored++), bytes);
        return new Layer(
                file, "sha256:" + HexFormat.of().formatHex(Sha256.digest().digest(archive)));
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(content);
        }
        return compressed.toByteArray();
    }

    private static void assertRefused(String reason, Layer... layers) {
        assertThatExceptionOfType(HyperfleetException.class)
                .as(reason)
                .isThrownBy(() -> new RootFile(List.of(layers), LIMITS))
                .matches(refused -> refused.code() == ErrorCode.BAD_REQUEST)
                .withMessageContaining(reason);
    }

    private void assertRefused(String reason, LayerMaker layer) throws IOException {
        assertRefused(reason, store(layer.archive()));
    }

    @Test
    void pathsStayInTheImage() throws IOException {
        assertRefused("leads out of it", new LayerMaker().file("../etc/passwd", "x"));
        assertRefused("leads out of it", new LayerMaker().file("a/../../x", "x"));
        assertRefused("leads out of it", new LayerMaker().file("a", "x").hardLink("b", "../../a"));
        // A link that leads out of the image leads to the image's own root.
        new RootFile(
                List.of(store(
                        new LayerMaker().link("a", "../../..").file("a/b", "x").archive())),
                LIMITS);
    }

    @Test
    void linksEndSomewhere() throws IOException {
        assertRefused(
                "more than 40 links",
                new LayerMaker().link("a", "b").link("b", "a").file("a/c", "x"));
        assertRefused("not a file", new LayerMaker().hardLink("a", "b"));
        assertRefused("not a file", new LayerMaker().folder("b", 0755).hardLink("a", "b"));
        assertRefused("not a folder", new LayerMaker().file("a", "x").file("a/b", "x"));
    }

    @Test
    void sizesHaveBounds() throws IOException {
        byte[] zeros = new LayerMaker()
                .file("zeros", new byte[2 << 20], 0644, Map.of())
                .archive();
        assertRefused("larger than allowed", store(gzip(zeros), zeros));
        byte[] half = new LayerMaker()
                .file("zeros", new byte[600 << 10], 0644, Map.of())
                .archive();
        assertRefused("larger than allowed", store(gzip(half), half), store(gzip(half), half));
        LayerMaker many = new LayerMaker();
        for (int number = 0; number < 1001; number++) {
            many.file("f" + number, "");
        }
        assertRefused("more than 1000 files", many);
        assertRefused(
                "more than 1000 files",
                new LayerMaker()
                        .file("d/".repeat(200) + "f", "")
                        .file("e/".repeat(200) + "f", "")
                        .file("g/".repeat(200) + "f", "")
                        .file("h/".repeat(200) + "f", "")
                        .file("i/".repeat(200) + "f", ""));
        assertRefused("more than 256 folders", new LayerMaker().file("d/".repeat(300) + "f", ""));
        assertRefused("more than 255 bytes", new LayerMaker().file("n".repeat(256), ""));
        assertRefused("more than 4096 bytes", new LayerMaker().file("n/".repeat(2100), ""));
    }

    @Test
    void memoryAndTimeHaveBounds() throws IOException {
        RootFile.Limits large = new RootFile.Limits(1 << 30, 1000);
        LayerMaker attributes = new LayerMaker();
        for (int number = 0; number < 70; number++) {
            attributes.file("f" + number, new byte[0], 0644, Map.of("user.a", "x".repeat(1_000_000)));
        }
        Layer layer = store(attributes.archive());
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> new RootFile(List.of(layer), large))
                .withMessageContaining("names and attributes of more than 64 MiB");
        byte[] one = new LayerMaker()
                .file("f", new byte[0], 0644, Map.of("user.a", "x".repeat(600_000)))
                .archive();
        int header = one.length - 3 * 512;
        byte[] twice = Arrays.copyOf(one, header + one.length);
        System.arraycopy(one, 0, twice, header, one.length);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> new RootFile(List.of(store(twice)), large))
                .withMessageContaining("headers of more than");
        LayerMaker opaque = new LayerMaker().folder("d", 0755);
        for (int number = 0; number < 400; number++) {
            opaque.file("d/f" + number, "").opaque("d");
        }
        assertRefused("too many steps", opaque);
    }

    @Test
    void damageIsFound() throws IOException {
        byte[] archive = new LayerMaker().file("a", "content".repeat(1000)).archive();
        assertRefused("has the digest", store(archive, new byte[] {1}));
        assertRefused("ends too early", store(Arrays.copyOf(archive, 2000)));
        byte[] compressed = gzip(archive);
        assertRefused("is damaged", store(Arrays.copyOf(compressed, compressed.length / 2), archive));
        assertRefused("not a tar archive", store("no archive".repeat(100).getBytes(StandardCharsets.US_ASCII)));
        assertRefused("zstd", store(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}));
    }

    @Test
    void paddingMayBeMissingAtTheEnd() throws IOException {
        byte[] archive = new LayerMaker().file("a", "content").archive();
        new RootFile(List.of(store(Arrays.copyOf(archive, 512 + "content".length()))), LIMITS);
        assertRefused("ends too early", store(Arrays.copyOf(archive, 512 + 3)));
    }

    @Test
    void whateverIsInALayerEndsInAResultOrAReason() throws IOException {
        byte[] archive = new LayerMaker()
                .folder("d", 0755)
                .file("d/" + "long".repeat(40), "x")
                .link("l", "d")
                .hardLink("h", "d/" + "long".repeat(40))
                .archive();
        Random random = new Random(7);
        List<String> outcomes = new ArrayList<>();
        for (int round = 0; round < 2000; round++) {
            byte[] changed = archive.clone();
            for (int change = 0; change <= random.nextInt(4); change++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            try {
                new RootFile(List.of(store(changed)), LIMITS);
                outcomes.add("");
            } catch (HyperfleetException refused) {
                assertThat(refused.code()).isEqualTo(ErrorCode.BAD_REQUEST);
                outcomes.add(String.valueOf(refused.getMessage()));
            }
        }
        assertThat(outcomes).contains("").anyMatch(outcome -> !outcome.isEmpty());
    }
}
