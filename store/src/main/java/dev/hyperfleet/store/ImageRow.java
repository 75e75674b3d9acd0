package dev.hyperfleet.store;

import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.image.ImageSource;
import java.nio.file.Path;
import java.util.Optional;

/** The columns of a machine's image. */
record ImageRow(
        Optional<String> imageDigest,
        String kernelImagePath,
        String kernelArgs,
        Optional<String> initrdPath,
        String rootfsPath,
        long leastMemSizeMib,
        Optional<String> imageReference,
        Optional<String> imageSourceDigest) {
    static ImageRow of(Image image) {
        return new ImageRow(
                image.digest(),
                image.kernel().toString(),
                image.kernelArgs(),
                image.initrd().map(Path::toString),
                image.rootfs().toString(),
                image.leastMemSizeMib(),
                image.source().map(ImageSource::reference),
                image.source().map(ImageSource::digest));
    }

    Image image() {
        return new Image(
                imageDigest,
                Path.of(kernelImagePath),
                kernelArgs,
                initrdPath.map(Path::of),
                Path.of(rootfsPath),
                leastMemSizeMib,
                imageReference.flatMap(
                        reference -> imageSourceDigest.map(digest -> new ImageSource(reference, digest))));
    }
}
