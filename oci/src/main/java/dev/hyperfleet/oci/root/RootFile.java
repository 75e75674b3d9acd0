package dev.hyperfleet.oci.root;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.oci.root.FileTree.Name;
import dev.hyperfleet.oci.root.FileTree.Node;
import dev.hyperfleet.oci.root.FileTree.Place;
import dev.hyperfleet.oci.tar.TarEntry;
import dev.hyperfleet.oci.tar.TarException;
import dev.hyperfleet.oci.tar.TarWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the tar archive of an image's root file system from those of its layers: each object that the image has once, in
 * an order that follows from the layers alone. Each layer is read twice, and nothing is unpacked, so no file of an
 * image's ever exists on the host.
 */
public final class RootFile {
    private static final int BUFFER = 1 << 16;
    private static final long MAX_PATH_TEXT = 64 << 20;

    /**
     * What an image may become.
     *
     * @param bytes of all layers' archives together
     * @param files of all layers together
     */
    public record Limits(long bytes, int files) {}

    private final List<Layer> layers;
    private final Limits limits;
    private final FileTree tree;

    /** Names of each node; the first is written with its content, the others as links to it. */
    private final IdentityHashMap<Node, String> names = new IdentityHashMap<>();

    private final Map<Place, Node> contents = new HashMap<>();
    private final List<TarEntry> links = new ArrayList<>();
    private long pathText;

    /**
     * Reads the layers.
     *
     * @param layers the lowest first
     * @throws HyperfleetException {@link ErrorCode#BAD_REQUEST} if a layer is not what an image's should be
     */
    public RootFile(List<Layer> layers, Limits limits) throws IOException {
        this.layers = List.copyOf(layers);
        this.limits = limits;
        this.tree = new FileTree(limits.files());
        long bytes = 0;
        for (int layer = 0; layer < layers.size(); layer++) {
            bytes += index(layer, limits.bytes() - bytes);
        }
    }

    /** The root folder itself. */
    TarEntry root() {
        return tree.root().entry();
    }

    /** Writes the archive. */
    void writeTo(OutputStream to) throws IOException {
        OutputStream buffered = new BufferedOutputStream(to, BUFFER);
        TarWriter archive = new TarWriter(buffered);
        for (Map.Entry<String, Name> child : tree.root().children().entrySet()) {
            FileTree.visit(
                    child.getKey(), child.getValue().node(), (path, node) -> writeWithoutContent(archive, path, node));
        }
        for (int layer = 0; layer < layers.size(); layer++) {
            writeContents(archive, layer);
        }
        for (TarEntry link : links) {
            archive.write(link);
        }
        archive.finish();
    }

    private long index(int layer, long most) throws IOException {
        return read(layer, most, archive -> {
            Optional<TarEntry> entry = archive.next();
            for (int number = 0; entry.isPresent(); number++) {
                tree.apply(entry.get(), new Place(layer, number));
                entry = archive.next();
            }
        });
    }

    private void writeWithoutContent(TarWriter archive, String path, Node node) throws IOException {
        TarEntry entry = node.entry().named(node.isFolder() ? path + "/" : path);
        pathText += path.length();
        if (pathText > MAX_PATH_TEXT) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "The image's paths have more than %d MiB".formatted(MAX_PATH_TEXT >> 20));
        }
        String first = names.putIfAbsent(node, path);
        if (first != null) {
            links.add(node.entry().named(first).linkedAs(path));
        } else if (entry.type() == TarEntry.Type.FILE && entry.size() > 0) {
            contents.put(node.place(), node);
        } else {
            archive.write(entry);
        }
    }

    private void writeContents(TarWriter to, int layer) throws IOException {
        read(layer, limits.bytes(), from -> {
            Optional<TarEntry> entry = from.next();
            for (int number = 0; entry.isPresent(); number++) {
                Node node = contents.get(new Place(layer, number));
                if (node != null) {
                    to.write(node.entry().named(nameOf(node)), from.content());
                }
                entry = from.next();
            }
        });
    }

    private String nameOf(Node node) {
        return Optional.ofNullable(names.get(node)).orElseThrow();
    }

    private long read(int layer, long most, Layer.Reader reader) throws IOException {
        try {
            return layers.get(layer).read(most, reader);
        } catch (TarException damaged) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "Layer %d of the image %s".formatted(layer + 1, damaged.getMessage()),
                    damaged);
        }
    }
}
