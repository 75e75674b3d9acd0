package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.cli.TarEntry.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TarReaderTest {
    private static List<TarEntry> read(InputStream archive) throws IOException {
        TarReader reader = new TarReader(archive);
        List<TarEntry> entries = new ArrayList<>();
        for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
            entries.add(next.get());
        }
        return entries;
    }

    private static String refusal(InputStream archive) {
        List<String> said = new ArrayList<>();
        assertThatExceptionOfType(MalformedTarException.class)
                .isThrownBy(() -> read(archive))
                .satisfies(failure -> said.add(String.valueOf(failure.getMessage())));
        return said.getFirst();
    }

    @Test
    void entriesComeWithWhatIsSaidOfThem() throws IOException {
        TarReader reader = new TarReader(new TarBytes()
                .folder("a/", 0750)
                .file("a/f", 04711, "content")
                .link('2', "a/l", "f")
                .end());
        assertThat(reader.next().orElseThrow().kind()).isEqualTo(Kind.FOLDER);
        TarEntry file = reader.next().orElseThrow();
        assertThat(file.name()).isEqualTo("a/f");
        assertThat(file.mode()).isEqualTo(04711);
        assertThat(file.size()).isEqualTo(7);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        reader.copyContent(content);
        assertThat(content).hasToString("content");
        TarEntry link = reader.next().orElseThrow();
        assertThat(link.kind()).isEqualTo(Kind.SYMBOLIC_LINK);
        assertThat(link.linkTarget()).isEqualTo("f");
        assertThat(reader.next()).isEmpty();
    }

    @Test
    void longNamesComeByPaxAndByGnusWay() throws IOException {
        String name = "ä/".repeat(200) + "f";
        assertThat(read(new TarBytes()
                        .pax("path", name)
                        .file("short", 0644, "x")
                        .end()))
                .singleElement()
                .extracting(TarEntry::name)
                .isEqualTo(name);
        assertThat(read(new TarBytes()
                        .description('L', name + "\0")
                        .file("short", 0644, "x")
                        .end()))
                .singleElement()
                .extracting(TarEntry::name)
                .isEqualTo(name);
    }

    @Test
    void ofWhatDescribesAnEntryABoundedAmountIsRead() {
        String gibibyte = "10000000000\0";
        assertThat(refusal(new TarBytes().header("x", 'L', 0, gibibyte, "").endlessly('a')))
                .contains("more than 65536 bytes");
        assertThat(refusal(new TarBytes().header("x", 'x', 0, gibibyte, "").endlessly('a')))
                .contains("more than 65536 bytes");
        TarBytes chain = new TarBytes();
        for (int i = 0; i < 50_000; i++) {
            chain.pax("path", "name");
        }
        assertThat(refusal(chain.file("f", 0644, "").end())).contains("more than 8 times");
    }

    @Test
    void aSizeIsNotBelievedBeforeItsBytesHaveCome() {
        assertThat(refusal(new TarBytes()
                        .header("f", '0', 0644, "77777777777\0", "")
                        .raw("little")
                        .cut()))
                .contains("cut off");
        assertThat(refusal(new TarBytes()
                        .header("f", '0', 0644, "\u00ff".repeat(12), "")
                        .end()))
                .contains("out of bounds");
        assertThat(refusal(new TarBytes()
                        .pax("size", "99999999999999999999")
                        .file("f", 0644, "x")
                        .end()))
                .contains("out of bounds");
        assertThat(refusal(new TarBytes().file("f", 0644, "whole").cut())).contains("cut off");
    }

    @Test
    void aSparseFileIsNoFile() throws IOException {
        assertThat(read(new TarBytes()
                        .pax("GNU.sparse.realsize", "9000000000000000000")
                        .file("f", 0644, "x")
                        .header("g", 'S', 0644, "00000000000\0", "")
                        .end()))
                .extracting(TarEntry::kind)
                .containsExactly(Kind.OTHER, Kind.OTHER);
    }

    @Test
    void whatIsNoTarIsRefused() throws IOException {
        assertThat(refusal(new TarBytes().raw("no tar at all ".repeat(100)).cut()))
                .contains("not a tar");
        assertThat(refusal(new TarBytes()
                        .description('x', "99 path=x\n")
                        .file("f", 0, "")
                        .end()))
                .contains("malformed");
        Random random = new Random(7);
        byte[] good = new TarBytes()
                .pax("path", "p")
                .file("f", 0644, "content")
                .link('2', "l", "f")
                .end()
                .readAllBytes();
        for (int round = 0; round < 5_000; round++) {
            byte[] bad = good.clone();
            for (int flips = 0; flips < 3; flips++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                var _ = read(new java.io.ByteArrayInputStream(bad, 0, random.nextInt(bad.length)));
            } catch (MalformedTarException refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
        assertThat(new String(good, StandardCharsets.ISO_8859_1)).contains("ustar");
    }
}
