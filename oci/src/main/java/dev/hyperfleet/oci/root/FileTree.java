package dev.hyperfleet.oci.root;

import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.SafeText;
import dev.hyperfleet.oci.tar.TarEntry;
import dev.hyperfleet.oci.tar.TarException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files that layers, one over the other, result in, without their content. Rules are those of the OCI's layer
 * specification; where it is silent, containerd's: a link in the path of an entry leads where it would in the image, and
 * never out of it. Not safe for concurrent use.
 */
final class FileTree {
    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final String RESERVED = ".wh..wh.";

    /** As the kernel's. */
    private static final int MAX_LINKS = 40;

    private static final int MAX_DEPTH = 256;
    private static final int MAX_COMPONENT = 255;
    private static final int MAX_SHOWN = 100;

    /** Of all entries together: names, targets of links, attributes. */
    private static final long MAX_TEXT = 64 << 20;

    /** Steps for each file that is allowed; an image needs about as many as its paths have parts. */
    private static final long STEPS_PER_FILE = 64;

    /**
     * A file, or another object, which may have several names.
     *
     * @param place of its content
     * @param children by name; of folders only
     */
    record Node(TarEntry entry, Place place, Map<String, Name> children) {
        Node(TarEntry entry, Place place) {
            this(entry, place, new TreeMap<>());
        }

        boolean isFolder() {
            return entry.type() == TarEntry.Type.FOLDER;
        }
    }

    /** The layer, and the number of the entry in it, both from 0. */
    record Place(int layer, int number) {}

    /**
     * A name of a node.
     *
     * @param layer which gave it
     */
    record Name(Node node, int layer) {}

    private final int maxFiles;
    private Node root = new Node(TarEntry.folder(""), new Place(0, 0));
    private int files;
    private long text;
    private long steps;

    /**
     * @param maxFiles how many entries all layers may have together
     */
    FileTree(int maxFiles) {
        this.maxFiles = maxFiles;
    }

    Node root() {
        return root;
    }

    /** Applies the next entry. */
    void apply(TarEntry entry, Place place) throws TarException {
        if (++files > maxFiles) {
            throw new TarException("makes more than %d files".formatted(maxFiles));
        }
        text += entry.name().length() + entry.linkName().length();
        entry.attributes().forEach((name, value) -> text += name.length() + value.length());
        if (text > MAX_TEXT) {
            throw new TarException("has names and attributes of more than %d MiB".formatted(MAX_TEXT >> 20));
        }
        List<String> path = components(entry.name());
        if (path.isEmpty()) {
            requireFolder(entry, "/");
            root = new Node(entry, place, root.children());
            return;
        }
        String name = path.removeLast();
        if (name.equals(OPAQUE)) {
            Node folder = enter(path, place.layer());
            clear(folder.children(), place.layer());
        } else if (name.startsWith(WHITEOUT)) {
            if (!name.startsWith(RESERVED)) {
                remove(enter(path, place.layer()), name.substring(WHITEOUT.length()), place.layer());
            }
        } else {
            add(enter(path, place.layer()), name, entry, place);
        }
    }

    private void add(Node folder, String name, TarEntry entry, Place place) throws TarException {
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            folder.children().put(name, new Name(linked(entry, place), place.layer()));
            return;
        }
        Name before = folder.children().get(name);
        Node node = before != null && before.node().isFolder() && entry.type() == TarEntry.Type.FOLDER
                ? new Node(entry, place, before.node().children())
                : new Node(entry, place);
        folder.children().put(name, new Name(node, place.layer()));
    }

    private Node linked(TarEntry link, Place place) throws TarException {
        List<String> path = components(link.linkName());
        Name target = path.isEmpty()
                ? null
                : enter(path.subList(0, path.size() - 1), place.layer())
                        .children()
                        .get(path.getLast());
        if (target == null || target.node().isFolder()) {
            throw new TarException("has a hard link to '%s', which is not a file".formatted(shown(link.linkName())));
        }
        return target.node();
    }

    /** Removes what earlier layers have put there. */
    private void remove(Node folder, String name, int layer) throws TarException {
        Name there = folder.children().get(name);
        if (there != null && !keeps(there, layer)) {
            folder.children().remove(name);
        }
    }

    /** Whether it, or something in it, is of this layer; then all else in it is removed. */
    private boolean keeps(Name name, int layer) throws TarException {
        clear(name.node().children(), layer);
        return name.layer() == layer || !name.node().children().isEmpty();
    }

    private void clear(Map<String, Name> children, int layer) throws TarException {
        for (Iterator<Name> each = children.values().iterator(); each.hasNext(); ) {
            step();
            if (!keeps(each.next(), layer)) {
                each.remove();
            }
        }
    }

    private void step() throws TarException {
        if (++steps > STEPS_PER_FILE * maxFiles) {
            throw new TarException("takes too many steps to put together");
        }
    }

    /** The folder at this path, which is made as far as it does not exist. */
    private Node enter(List<String> path, int layer) throws TarException {
        Deque<Node> above = new ArrayDeque<>();
        Node folder = root;
        Deque<String> left = new ArrayDeque<>(path);
        int links = 0;
        while (!left.isEmpty()) {
            step();
            String name = left.pop();
            if (name.equals("..")) { // of a link
                folder = above.isEmpty() ? root : above.pop();
                continue;
            }
            Node next = child(folder, name, layer);
            switch (next.entry().type()) {
                case FOLDER -> {
                    above.push(folder);
                    folder = next;
                }
                case SYMBOLIC_LINK -> {
                    String target = next.entry().linkName();
                    if (++links > MAX_LINKS) {
                        throw new TarException("has a path with more than %d links".formatted(MAX_LINKS));
                    }
                    if (target.startsWith("/")) {
                        above.clear();
                        folder = root;
                    }
                    split(target).reversed().forEach(left::push);
                }
                default -> throw new TarException("has files in '%s', which is not a folder".formatted(shown(name)));
            }
            if (above.size() > MAX_DEPTH) {
                throw new TarException("has a path of more than %d folders".formatted(MAX_DEPTH));
            }
        }
        return folder;
    }

    private Node child(Node folder, String name, int layer) throws TarException {
        Name known = folder.children().get(name);
        if (known != null) {
            return known.node();
        }
        if (++files > maxFiles) {
            throw new TarException("makes more than %d files".formatted(maxFiles));
        }
        Node made = new Node(TarEntry.folder(name), new Place(layer, -1));
        folder.children().put(name, new Name(made, layer));
        return made;
    }

    private static String shown(String name) {
        return Excerpt.of(SafeText.line(name), MAX_SHOWN);
    }

    private static void requireFolder(TarEntry entry, String path) throws TarException {
        if (entry.type() != TarEntry.Type.FOLDER) {
            throw new TarException("has '%s' as something else than a folder".formatted(path));
        }
    }

    /** The parts of an entry's path, which must stay in the image. */
    private static List<String> components(String path) throws TarException {
        List<String> parts = new ArrayList<>();
        for (String part : split(path)) {
            if (part.length() > MAX_COMPONENT) {
                throw new TarException("has a name of more than %d bytes".formatted(MAX_COMPONENT));
            }
            if (!part.equals("..")) {
                parts.add(part);
            } else if (parts.isEmpty()) {
                throw new TarException("has a path that leads out of it");
            } else {
                parts.removeLast();
            }
        }
        if (parts.size() > MAX_DEPTH) {
            throw new TarException("has a path of more than %d folders".formatted(MAX_DEPTH));
        }
        return parts;
    }

    private static List<String> split(String path) {
        List<String> parts = new ArrayList<>();
        int begin = 0;
        while (begin <= path.length()) {
            int slash = path.indexOf('/', begin);
            int end = slash < 0 ? path.length() : slash;
            String part = path.substring(begin, end);
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
            begin = end + 1;
        }
        return parts;
    }

    /** Visits a node and all below it, each folder before what is in it. */
    static void visit(String path, Node node, Visitor visitor) throws IOException {
        visitor.visit(path, node);
        for (Map.Entry<String, Name> child : node.children().entrySet()) {
            visit(path + "/" + child.getKey(), child.getValue().node(), visitor);
        }
    }

    /** Is shown each name of each node, relative to the root. */
    interface Visitor {
        void visit(String path, Node node) throws IOException;
    }
}
