package dev.hyperfleet.store;

import dev.hyperfleet.core.image.Image;
import java.nio.file.Path;
import java.util.Optional;

/** The columns of a machine's image. */
record ImageRow(
        Optional<String> imageDigest,
        String kernelImagePath,
        String kernelArgs,
        Optional<String> initrdPath,
        String rootfsPath,
        long leastMemSizeMib) {
    static ImageRow of(Image image) {
        return new ImageRow(
                image.digest(),
                image.kernel().toString(),
                image.kernelArgs(),
                image.initrd().map(Path::toString),
                image.rootfs().toString(),
                image.leastMemSizeMib());
    }

    Image image() {
        return new Image(
                imageDigest,
                Path.of(kernelImagePath),
                kernelArgs,
                initrdPath.map(Path::of),
                Path.of(rootfsPath),
                leastMemSizeMib);
    }
}
