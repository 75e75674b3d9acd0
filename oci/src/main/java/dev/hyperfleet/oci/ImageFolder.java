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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The images that were pulled, each as one read-only file, named by the digest of its manifest. Layers are kept until
 * their image is made, so a pull that was interrupted continues. Safe for concurrent use; calls block.
 */
public final class ImageFolder implements ImageLibrary {
    private static final String UNFINISHED = ".new";
    private static final String LAYERS = ".layers";
    private static final String ROOT = ".sqfs";
    private static final int AT_ONCE = 2;
    private static final int MAX_WAITING = 50;
    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("r--r--r--");

    private final Path folder;
    private final Registry registry;
    private final RootFile.Limits limits;
    private final Map<String, CompletableFuture<Path>> making = new ConcurrentHashMap<>();

    /** To make an image keeps a CPU busy for long, and takes memory for the names of all its files. */
    private final ExecutorService threads = new ThreadPoolExecutor(
            AT_ONCE,
            AT_ONCE,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().daemon().name("image-", 0).factory());

    /**
     * Opens a folder, and removes what was half made when an earlier server ended.
     *
     * @param folder exists, and is this object's alone
     */
    public static ImageFolder open(Path folder, Registry registry, RootFile.Limits limits) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(ImageFolder::isHalfMade).toList()) {
                if (Files.isDirectory(file)) {
                    remove(file);
                } else {
                    Files.delete(file);
                }
            }
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR, "Cannot tidy up %s: %s".formatted(folder, failure.getMessage()), failure);
        }
        return new ImageFolder(folder, registry, limits);
    }

    private static boolean isHalfMade(Path file) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(LAYERS)) { // they are of use only to a pull that was cut off
            String digest = name.substring(0, name.length() - LAYERS.length());
            return Files.exists(file.resolveSibling(digest + ROOT));
        }
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
        requireSize(reference, manifest);
        Path root = folder.resolve(hex(manifest.digest()) + ROOT);
        if (!Files.exists(root)) {
            await(make(reference, manifest, configuration, root));
        }
        try {
            return new Pulled(manifest.digest(), configuration.run(), root, Files.size(root));
        } catch (IOException failure) {
            throw cannotStore(reference, failure);
        }
    }

    private void requireSize(ImageReference reference, Manifest manifest) {
        long bytes = 0;
        for (Descriptor layer : manifest.layers()) {
            bytes += Math.min(layer.size(), limits.bytes() + 1); // whose sum does not overflow
        }
        if (bytes > limits.bytes()) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "The image %s has more than the %d MiB that it may have"
                            .formatted(reference, limits.bytes() >> 20));
        }
    }

    /** Begins to make an image, unless that is in progress. */
    private CompletableFuture<Path> make(
            ImageReference reference, Manifest manifest, Configuration configuration, Path root) {
        CompletableFuture<Path> made = new CompletableFuture<>();
        CompletableFuture<Path> other = making.putIfAbsent(manifest.digest(), made);
        if (other != null) {
            return other;
        }
        try {
            threads.execute(() -> {
                try {
                    if (!Files.exists(root)) { // it may have become ready meanwhile
                        makeNow(reference, manifest, configuration, root);
                    }
                    made.complete(root);
                } catch (IOException failure) {
                    made.completeExceptionally(cannotStore(reference, failure));
                } catch (RuntimeException failure) {
                    made.completeExceptionally(failure);
                } finally {
                    making.remove(manifest.digest());
                }
            });
        } catch (RejectedExecutionException full) {
            making.remove(manifest.digest());
            made.completeExceptionally(new HyperfleetException(
                    ErrorCode.TOO_MANY_REQUESTS, "Too many images are being pulled. Try again later.", full));
        }
        return made;
    }

    /** A client that no longer waits does not end the pull. */
    private static void await(CompletableFuture<Path> made) {
        try {
            var _ = made.get();
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof HyperfleetException reason
                    ? new HyperfleetException(reason.code(), String.valueOf(reason.getMessage()), failure)
                    : new IllegalStateException(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private HyperfleetException cannotStore(ImageReference reference, IOException failure) {
        return String.valueOf(failure.getMessage()).contains("No space left on device")
                ? new HyperfleetException(
                        ErrorCode.INSUFFICIENT_STORAGE,
                        "The disk is full: the image %s cannot be stored. Free some space.".formatted(reference),
                        failure)
                : new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        "Cannot store the image %s in %s: %s".formatted(reference, folder, failure.getMessage()),
                        failure);
    }

    private void makeNow(ImageReference reference, Manifest manifest, Configuration configuration, Path root)
            throws IOException {
        Path downloads = Files.createDirectories(folder.resolve(hex(manifest.digest()) + LAYERS));
        boolean mayContinue = false;
        try {
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
            force(unfinished);
            Files.move(unfinished, root, StandardCopyOption.ATOMIC_MOVE);
            force(folder);
        } catch (HyperfleetException failure) {
            mayContinue = failure.code() == ErrorCode.UNAVAILABLE;
            throw failure;
        } finally {
            if (!mayContinue) {
                remove(downloads);
            }
        }
    }

    /** After a loss of power, too, the name is that of the whole file. */
    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void remove(Path downloads) throws IOException {
        try (Stream<Path> files = Files.list(downloads)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(downloads);
    }

    private static String hex(String digest) {
        return digest.substring(digest.indexOf(':') + 1);
    }
}
