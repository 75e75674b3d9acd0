package dev.hyperfleet.oci;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.image.ImageLibrary;
import dev.hyperfleet.core.image.ImageReference;
import dev.hyperfleet.oci.registry.Descriptor;
import dev.hyperfleet.oci.registry.Manifest;
import dev.hyperfleet.oci.registry.Registry;
import dev.hyperfleet.oci.root.Layer;
import dev.hyperfleet.oci.root.RootFile;
import dev.hyperfleet.oci.root.Squashfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The images that were pulled, each as one read-only file, named by the digest of its manifest. Layers are kept until
 * their image is made, so a pull that was interrupted continues. Safe for concurrent use; calls block.
 */
public final class ImageFolder implements ImageLibrary {
    private static final String UNFINISHED = ".new";
    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("r--r--r--");

    private final Path folder;
    private final Registry registry;
    private final RootFile.Limits limits;
    private final Map<String, ReentrantLock> pulls = new ConcurrentHashMap<>();

    /**
     * Opens a folder, and removes what was half made when an earlier server ended.
     *
     * @param folder exists, and is this object's alone
     */
    public static ImageFolder open(Path folder, Registry registry, RootFile.Limits limits) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(ImageFolder::isHalfMade).toList()) {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR, "Cannot tidy up %s: %s".formatted(folder, failure.getMessage()), failure);
        }
        return new ImageFolder(folder, registry, limits);
    }

    private static boolean isHalfMade(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(UNFINISHED) || name.endsWith(UNFINISHED + Squashfs.LOG);
    }

    private ImageFolder(Path folder, Registry registry, RootFile.Limits limits) {
        this.folder = folder;
        this.registry = registry;
        this.limits = limits;
    }

    @Override
    public Pulled pull(ImageReference reference) {
        Manifest manifest = registry.manifest(reference);
        Configuration configuration = Configuration.parse(registry.read(reference, manifest.config()));
        if (configuration.layers().size() != manifest.layers().size()) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "The image %s has %d layers, and its configuration %d"
                            .formatted(
                                    reference,
                                    manifest.layers().size(),
                                    configuration.layers().size()));
        }
        Path root = folder.resolve(hex(manifest.digest()) + ".sqfs");
        ReentrantLock lock = pulls.computeIfAbsent(manifest.digest(), _ -> new ReentrantLock());
        lock.lock();
        try {
            if (!Files.exists(root)) {
                make(reference, manifest, configuration, root);
            }
            return new Pulled(manifest.digest(), configuration.run(), root, Files.size(root));
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot store the image %s in %s: %s".formatted(reference, folder, failure.getMessage()),
                    failure);
        } finally {
            lock.unlock();
        }
    }

    private void make(ImageReference reference, Manifest manifest, Configuration configuration, Path root)
            throws IOException {
        long bytes = manifest.layers().stream().mapToLong(Descriptor::size).sum();
        if (bytes < 0 || bytes > limits.bytes()) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "The image %s has %d MiB, and may have %d".formatted(reference, bytes >> 20, limits.bytes() >> 20));
        }
        Path downloads = Files.createDirectories(folder.resolve(hex(manifest.digest()) + ".layers"));
        List<Layer> layers = new ArrayList<>();
        for (int number = 0; number < manifest.layers().size(); number++) {
            Descriptor part = manifest.layers().get(number);
            Path file = downloads.resolve(hex(part.digest()));
            registry.download(reference, part, file);
            layers.add(new Layer(file, configuration.layers().get(number)));
        }
        Path unfinished = folder.resolve(root.getFileName() + UNFINISHED);
        Squashfs.make(unfinished, new RootFile(layers, limits));
        Files.setPosixFilePermissions(unfinished, READABLE); // a jail's user reads it, too
        Files.move(unfinished, root, StandardCopyOption.ATOMIC_MOVE);
        for (Layer layer : layers) {
            Files.deleteIfExists(layer.file());
        }
        Files.delete(downloads);
    }

    private static String hex(String digest) {
        return digest.substring(digest.indexOf(':') + 1);
    }
}
