package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Files in one guest, accessed as its root. A refusal by the guest is a {@link HyperfleetException}: with {@link
 * ErrorCode#NOT_FOUND}, {@link ErrorCode#CONFLICT} if the path exists already, {@link ErrorCode#PRECONDITION_FAILED} if
 * the file does not have the required version, {@link ErrorCode#INSUFFICIENT_STORAGE} if the guest's disk is full, and
 * otherwise {@link ErrorCode#BAD_REQUEST}.
 */
public interface GuestFiles {
    /** Matches the version of any existing file. */
    String ANY_VERSION = "*";

    /**
     * The file or folder at a path.
     *
     * @param follow whether to follow a link
     */
    FileEntry stat(GuestPath path, boolean follow);

    /** Entries, and whether there are more. */
    record Page(List<FileEntry> entries, boolean more) {}

    /**
     * Lists a folder: folders before their contents, each sorted by name.
     *
     * @param depth 1 to 64; 1 lists only the folder's direct contents
     * @param limit 1 to 1000
     * @param after only entries after this path
     */
    Page list(GuestPath path, int depth, int limit, Optional<GuestPath> after);

    /**
     * A regular file's bytes.
     *
     * @param offset of the first byte
     * @param length maximum number of bytes; 0: to the end
     * @param version that the file must have; any if empty
     */
    FileContent read(GuestPath path, long offset, long length, Optional<String> version);

    /** A folder and its contents, or a file, as tar. */
    FileContent readTree(GuestPath path);

    /**
     * How to write.
     *
     * @param mode permissions; if empty, those of the existing file, or 0644 for a new one
     * @param user owner by name or number; if empty, the current owner, or root for a new file
     * @param parents whether to create missing parent folders
     * @param version that the file must have; if empty, any or none
     * @param create whether the file must not exist yet
     */
    record WriteOptions(
            OptionalInt mode, Optional<String> user, boolean parents, Optional<String> version, boolean create) {}

    /**
     * Writes a file atomically.
     *
     * @param content read to its end; if that fails, nothing is written
     */
    FileEntry write(GuestPath path, WriteOptions options, InputStream content);

    /** Unpacks a tar into a folder, and nowhere else; returns the number of entries. Not atomic. */
    long writeTree(GuestPath path, WriteOptions options, InputStream content);

    /**
     * Creates a folder.
     *
     * @param parents creates missing parents, and accepts an existing folder
     */
    FileEntry makeFolder(GuestPath path, OptionalInt mode, Optional<String> user, boolean parents);

    FileEntry move(GuestPath from, GuestPath to, boolean replace);

    /** Copies a file, or a folder with its contents. */
    FileEntry copy(GuestPath from, GuestPath to, boolean replace);

    /** Changes permissions, owner, or both. */
    FileEntry changeMode(GuestPath path, OptionalInt mode, Optional<String> user, boolean recursive);

    void remove(GuestPath path, boolean recursive, Optional<String> version);

    /** Watches a folder or a file; returns when the watch has begun. */
    FileWatch watch(GuestPath path, boolean recursive);
}
