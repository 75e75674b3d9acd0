package dev.hyperfleet.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hyperfleet.core.image.ImageLibrary;
import dev.hyperfleet.core.image.ImageReference;
import dev.hyperfleet.oci.ImageMaker.LayerMaker;
import dev.hyperfleet.oci.registry.Registry;
import dev.hyperfleet.oci.registry.RegistryHttp;
import dev.hyperfleet.oci.root.RootFile;
import dev.hyperfleet.oci.tar.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What we make of an image is what others make of it: images are pushed by skopeo, and unpacked by umoci, too. */
class RegistryOracleTest {
    private static final int RANDOM_IMAGES = 20;
    private static final RootFile.Limits LIMITS = new RootFile.Limits(1 << 30, 100_000);

    @TempDir
    private Path folder;

    @BeforeEach
    void requirePrograms() {
        for (String program : new String[] {"docker-registry", "skopeo", "umoci", "sqfstar", "unsquashfs"}) {
            assumeThat(Stream.of(System.getenv("PATH").split(":"))
                            .anyMatch(place -> Files.isExecutable(Path.of(place, program))))
                    .as("%s is on the PATH", program)
                    .isTrue();
        }
        assumeThat(System.getProperty("user.name"))
                .as("only root can unpack files of others")
                .isEqualTo("root");
    }

    private static void fillBase(ImageMaker image) throws IOException {
        image.layer(new LayerMaker()
                .folder(".", 0755)
                .folder("usr", 0755)
                .folder("usr/lib", 0755)
                .link("lib", "usr/lib")
                .link("long-link", "../" + "up/".repeat(50) + "end")
                .link("longer-link", "/" + "x".repeat(200))
                .folder("etc", 0755)
                .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
                .file("usr/lib/one", "1")
                .hardLink("usr/lib/two", "usr/lib/one")
                .file("set-user", new byte[] {1}, 04755, Map.of())
                .file(
                        "able",
                        new byte[3000],
                        0755,
                        Map.of("security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "user.note", "ä"))
                .device("null", TarEntry.Type.CHARACTER_DEVICE, 1, 3)
                .device("disk", TarEntry.Type.BLOCK_DEVICE, 7, 1)
                .device("pipe", TarEntry.Type.FIFO, 0, 0)
                .file("d/" + "long".repeat(60) + "/" + "name".repeat(60), "deep")
                .folder("gone", 0700)
                .file("gone/file", "x")
                .folder("emptied", 0711)
                .file("emptied/a", "a")
                .file("emptied/b", "b"));
    }

    @Test
    void layersResultInTheSameFiles() throws Exception {
        ImageMaker image = new ImageMaker(folder.resolve("image"));
        fillBase(image);
        image.layer(new LayerMaker()
                        .file("lib/three", "through a link")
                        .without("gone")
                        .opaque("emptied")
                        .file("emptied/c", "c")
                        .file("etc/passwd", "changed")
                        .hardLink("etc/link", "usr/lib/two"))
                .layer(new LayerMaker()
                        .without("usr/lib/one")
                        .file("gone/again", "back")
                        .without("null")
                        .link("set-user", "able")
                        .folder("etc", 01777));
        compare(image, "all");
    }

    @Test
    void soDoRandomOnes() throws Exception {
        Random random = new Random(19);
        for (int number = 0; number < RANDOM_IMAGES; number++) {
            ImageMaker image = new ImageMaker(folder.resolve("image" + number));
            RandomLayers.fill(image, random);
            compare(image, "random" + number);
        }
    }

    private void compare(ImageMaker image, String tag) throws Exception {
        image.finish(tag);
        Path layout = image.folder();
        Path storage = Files.createDirectory(folder.resolve("registry-" + tag));
        Path images = Files.createDirectory(folder.resolve("images-" + tag));
        Path theirs = folder.resolve("theirs-" + tag);
        Path ours = folder.resolve("ours-" + tag);
        try (LocalRegistry registry = new LocalRegistry(storage);
                RegistryHttp http = new RegistryHttp(new RegistryHttp.Access(Set.of(), Set.of(registry.address)))) {
            String reference = registry.address + "/team/image:" + tag;
            LocalRegistry.run(
                    "skopeo",
                    "--insecure-policy",
                    "copy",
                    "--dest-tls-verify=false",
                    "oci:%s:%s".formatted(layout, tag),
                    "docker://" + reference);
            ImageLibrary.Pulled pulled =
                    ImageFolder.open(images, new Registry(http), LIMITS).pull(ImageReference.parse(reference));
            assertThat(pulled.config().command()).containsExactly("sh");
            assertThat(pulled.config().environment()).containsExactly(Map.entry("A", "b"));
            try (Stream<Path> left = Files.list(images)) {
                assertThat(left).containsExactly(pulled.root());
            }
            LocalRegistry.run(
                    "unsquashfs",
                    "-no-progress",
                    "-quiet",
                    "-d",
                    ours.toString(),
                    pulled.root().toString());
        }
        LocalRegistry.run("umoci", "raw", "unpack", "--image", layout + ":" + tag, theirs.toString());
        assertThat(list(ours)).isEqualTo(list(theirs));
    }

    /** Each file with its kind, mode, owner, group, links, size, time, target, device, attributes and content. */
    private static String list(Path root) throws Exception {
        return LocalRegistry.run("sh", "-c", """
                cd "$1"
                find . ! -type d -printf '%P %y %m %U %G %n %s %T@ %l\\n' | LC_ALL=C sort
                find . -type d -printf '%P %y %m %U %G\\n' | LC_ALL=C sort
                find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2
                find . \\( -type b -o -type c \\) -exec stat -c '%n %t %T' {} + | LC_ALL=C sort
                find . -type f -printf '%i %P\\n' | LC_ALL=C sort -k 2 | awk '{if (!($1 in n)) n[$1] = NR; print n[$1], $2}'
                find . ! -type l -exec getfattr -h -d -m - -e hex {} + | grep -v selinux || true
                """, "list", root.toString());
    }
}
