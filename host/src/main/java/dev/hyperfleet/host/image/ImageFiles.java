package dev.hyperfleet.host.image;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.image.Image;
import java.nio.file.Path;
import java.util.Optional;

/** An image as files of this host, which must not change while the server runs. */
public final class ImageFiles {
    private static final String DIGEST_PREFIX = "sha256:";

    private ImageFiles() {}

    /**
     * The image that consists of these files.
     *
     * @param kernelArgs the kernel's arguments
     * @param digests of files that have not changed since the last start
     */
    public static Image read(Path kernel, String kernelArgs, Optional<Path> initrd, Path rootfs, FileDigests digests) {
        String content = "kernel %s\ninitrd %s\nroot %s\n"
                .formatted(digests.of(kernel), initrd.map(digests::of).orElse("none"), digests.of(rootfs));
        String digest = DIGEST_PREFIX + Sha256.of(content);
        return new Image(Optional.of(digest), kernel, kernelArgs, initrd, rootfs, LeastMemory.of(kernel));
    }
}
