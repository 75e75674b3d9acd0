package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.FileChange.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The files in a fake guest, in memory: all belong to root, without links. Its disk is small. A tar of it is a list of
 * paths, one per line.
 */
public final class FakeFiles implements GuestFiles {
    /** The maximum size of a file on its disk, in bytes. */
    public static final int ROOM_BYTES = 512 << 10;

    private final NavigableMap<String, FakeFile> all = new TreeMap<>(Map.of("/", FakeFile.folder(0755)));
    private final List<FakeFileWatch> watches = new CopyOnWriteArrayList<>();

    private static String text(GuestPath path) {
        return path.text().orElseThrow();
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(1, path.lastIndexOf('/')));
    }

    private static String within(String folder) {
        return folder.equals("/") ? folder : folder + "/";
    }

    private static HyperfleetException refused(ErrorCode code, String path, String why) {
        return new HyperfleetException(code, "%s: %s".formatted(path, why));
    }

    private FakeFile known(String path) {
        FakeFile file = all.get(path);
        if (file == null) {
            throw refused(ErrorCode.NOT_FOUND, path, "no such file or directory");
        }
        return file;
    }

    private FakeFile regular(String path) {
        FakeFile file = known(path);
        if (file.isFolder()) {
            throw refused(ErrorCode.BAD_REQUEST, path, "is a directory");
        }
        return file;
    }

    private void requireVersion(String path, Optional<String> version) {
        if (version.isPresent()) {
            FakeFile file = all.get(path);
            boolean matches = file != null
                    && (version.get().equals(ANY_VERSION) || version.get().equals(file.version()));
            if (!matches) {
                throw refused(ErrorCode.PRECONDITION_FAILED, path, "is of another version");
            }
        }
    }

    private FileEntry put(String path, FakeFile file) {
        FakeFile before = all.put(path, file);
        tell(before == null ? Kind.CREATE : Kind.WRITE, path, file.isFolder());
        return file.entry(path);
    }

    private void tell(Kind kind, String path, boolean folder) {
        watches.forEach(watch -> watch.offer(new FileChange(kind, GuestPath.of(path), Optional.empty(), folder)));
    }

    private void requireFolder(String path, boolean make) {
        if (all.containsKey(path) && !known(path).isFolder()) {
            throw refused(ErrorCode.BAD_REQUEST, path, "not a directory");
        }
        if (!all.containsKey(path)) {
            if (!make) {
                throw refused(ErrorCode.NOT_FOUND, path, "no such file or directory");
            }
            requireFolder(parent(path), true);
            put(path, FakeFile.folder(0755));
        }
    }

    @Override
    public synchronized FileEntry stat(GuestPath path, boolean follow) {
        return known(text(path)).entry(text(path));
    }

    @Override
    public synchronized Page list(GuestPath path, int depth, int limit, Optional<GuestPath> after) {
        String folder = within(text(path));
        if (!known(text(path)).isFolder()) {
            throw refused(ErrorCode.BAD_REQUEST, text(path), "not a directory");
        }
        List<FileEntry> found = all.tailMap(after.map(FakeFiles::text).orElse(folder), false).entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(folder))
                .filter(entry -> entry.getKey().substring(folder.length()).split("/", -1).length <= depth)
                .map(entry -> entry.getValue().entry(entry.getKey()))
                .toList();
        return new Page(found.subList(0, Math.min(limit, found.size())), found.size() > limit);
    }

    @Override
    public synchronized FileContent read(GuestPath path, long offset, long length, Optional<String> version) {
        FakeFile file = regular(text(path));
        requireVersion(text(path), version);
        int from = Math.toIntExact(Math.min(offset, file.bytes().length));
        int count = length == 0 ? file.bytes().length - from : Math.toIntExact(length);
        return new FileContent(file.entry(text(path)), new ByteArrayInputStream(file.bytes(), from, count));
    }

    @Override
    public synchronized FileContent readTree(GuestPath path) {
        FileEntry entry = known(text(path)).entry(text(path));
        String paths = String.join(
                "\n",
                all.tailMap(text(path)).keySet().stream()
                        .filter(name -> name.startsWith(text(path)))
                        .toList());
        return new FileContent(entry, new ByteArrayInputStream(paths.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public synchronized FileEntry write(GuestPath path, WriteOptions options, InputStream content) {
        FakeFile before = all.get(text(path));
        if (options.create() && before != null) {
            throw refused(ErrorCode.CONFLICT, text(path), "file exists");
        }
        requireVersion(text(path), options.version());
        requireFolder(parent(text(path)), options.parents());
        byte[] bytes = bytes(content);
        if (bytes.length > ROOM_BYTES) {
            throw refused(ErrorCode.INSUFFICIENT_STORAGE, text(path), "no space left on device");
        }
        int mode = options.mode().orElse(before == null ? 0644 : before.mode());
        return put(text(path), FakeFile.regular(bytes, mode));
    }

    private static byte[] bytes(InputStream content) {
        try {
            return content.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public synchronized long writeTree(GuestPath path, WriteOptions options, InputStream content) {
        requireFolder(text(path), options.parents());
        List<String> names =
                new String(bytes(content), StandardCharsets.UTF_8).lines().toList();
        names.forEach(name -> put(within(text(path)) + name, FakeFile.regular(new byte[0], 0644)));
        return names.size();
    }

    @Override
    public synchronized FileEntry makeFolder(GuestPath path, OptionalInt mode, Optional<String> user, boolean parents) {
        if (all.containsKey(text(path)) && !parents) {
            throw refused(ErrorCode.CONFLICT, text(path), "file exists");
        }
        requireFolder(parent(text(path)), parents);
        return put(text(path), FakeFile.folder(mode.orElse(0755)));
    }

    @Override
    public synchronized FileEntry move(GuestPath from, GuestPath to, boolean replace) {
        FileEntry moved = copy(from, to, replace);
        var _ = all.remove(text(from));
        return moved;
    }

    @Override
    public synchronized FileEntry copy(GuestPath from, GuestPath to, boolean replace) {
        FakeFile file = known(text(from));
        if (all.containsKey(text(to)) && !replace) {
            throw refused(ErrorCode.CONFLICT, text(to), "file exists");
        }
        requireFolder(parent(text(to)), false);
        return put(text(to), file);
    }

    @Override
    public synchronized FileEntry changeMode(
            GuestPath path, OptionalInt mode, Optional<String> user, boolean recursive) {
        FakeFile file = known(text(path));
        return put(text(path), file.withMode(mode.orElse(file.mode())));
    }

    @Override
    public synchronized void remove(GuestPath path, boolean recursive, Optional<String> version) {
        FakeFile file = known(text(path));
        requireVersion(text(path), version);
        NavigableMap<String, FakeFile> content =
                all.subMap(within(text(path)), true, within(text(path)) + Character.MAX_VALUE, true);
        if (file.isFolder() && !content.isEmpty() && !recursive) {
            throw refused(ErrorCode.CONFLICT, text(path), "directory not empty");
        }
        content.clear();
        var _ = all.remove(text(path));
        tell(Kind.REMOVE, text(path), file.isFolder());
    }

    @Override
    public synchronized FileWatch watch(GuestPath path, boolean recursive) {
        var _ = known(text(path));
        FakeFileWatch watch = new FakeFileWatch(within(text(path)), watches::remove);
        watches.add(watch);
        return watch;
    }
}
