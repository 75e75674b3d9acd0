package dev.hyperfleet.cli;

import dev.hyperfleet.cli.TarEntry.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/** Packs a folder of this computer as tar: files, folders, and links as links. */
final class FolderPacker extends SimpleFileVisitor<Path> {
    private static final int MODE_BITS = 07777;
    private static final char NOT_UTF_8 = '\ufffd';

    private final Path root;
    private final TarWriter archive;
    private final LeftOut leftOut;

    private FolderPacker(Path root, TarWriter archive, LeftOut leftOut) {
        this.root = root;
        this.archive = archive;
        this.leftOut = leftOut;
    }

    /** Writes a folder's contents; names are relative to it. */
    static void pack(Path folder, OutputStream to, LeftOut leftOut) throws IOException {
        TarWriter archive = new TarWriter(to);
        Path real = folder.toRealPath();
        Files.walkFileTree(real, new FolderPacker(real, archive, leftOut));
        archive.finish();
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
        if (!isNamedInUtf8(folder)) {
            return FileVisitResult.SKIP_SUBTREE;
        }
        archive.add(entry(folder, name(folder) + "/", Kind.FOLDER, 0, ""));
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (!isNamedInUtf8(file)) {
            return FileVisitResult.CONTINUE;
        }
        if (attributes.isSymbolicLink()) {
            String target = Files.readSymbolicLink(file).toString();
            archive.add(entry(file, name(file), Kind.SYMBOLIC_LINK, 0, target));
        } else if (attributes.isRegularFile()) {
            try (InputStream content = Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                archive.add(entry(file, name(file), Kind.FILE, attributes.size(), ""), content);
            }
        } else {
            leftOut.add(file.toString(), "it is not a file, folder or link");
        }
        return FileVisitResult.CONTINUE;
    }

    private boolean isNamedInUtf8(Path path) {
        boolean good = name(path).indexOf(NOT_UTF_8) < 0;
        if (!good) {
            leftOut.add(path.toString(), "its name is not UTF-8");
        }
        return good;
    }

    private String name(Path path) {
        return path.equals(root) ? "." : root.relativize(path).toString();
    }

    private static TarEntry entry(Path path, String name, Kind kind, long size, String linkTarget) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        FileTime modified = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
        return new TarEntry(name, kind, mode & MODE_BITS, size, linkTarget, modified);
    }
}
