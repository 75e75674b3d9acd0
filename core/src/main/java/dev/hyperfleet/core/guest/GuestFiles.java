package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Files in one guest, with the rights of its root. What the guest refuses is a {@link HyperfleetException}: of
 * {@link ErrorCode#NOT_FOUND}, {@link ErrorCode#CONFLICT} where something is there already, {@link
 * ErrorCode#PRECONDITION_FAILED} where it is not of the version that was asked for, {@link
 * ErrorCode#INSUFFICIENT_STORAGE} where the guest's disk is full, and otherwise {@link ErrorCode#BAD_REQUEST}.
 */
public interface GuestFiles {
    /** The version that any file has which is there. */
    String ANY_VERSION = "*";

    /**
     * What is at a path.
     *
     * @param follow of what a link leads to
     */
    FileEntry stat(GuestPath path, boolean follow);

    /** Entries, and whether there are more. */
    record Page(List<FileEntry> entries, boolean more) {}

    /**
     * What is in a folder: folders before what is in them, each sorted by name.
     *
     * @param depth 1 to 64; 1 is what is in the folder itself
     * @param limit 1 to 1000
     * @param after only what comes after this path
     */
    Page list(GuestPath path, int depth, int limit, Optional<GuestPath> after);

    /**
     * A regular file's bytes.
     *
     * @param offset where to begin
     * @param length at most so many; 0: to the end
     * @param version that the file must have; any where empty
     */
    FileContent read(GuestPath path, long offset, long length, Optional<String> version);

    /** A folder and all that is in it, or a file, as tar. */
    FileContent readTree(GuestPath path);

    /**
     * How to write.
     *
     * @param mode permissions; what the file has, or 0644 for a new one, where empty
     * @param user owner by name or number; if empty, the present owner, or root for a new file
     * @param parents whether to make the folders that it is in
     * @param version that the file must have; any or none where empty
     * @param create whether there must be no file yet
     */
    record WriteOptions(
            OptionalInt mode, Optional<String> user, boolean parents, Optional<String> version, boolean create) {}

    /**
     * Writes a file: all of it, or nothing.
     *
     * @param content read to its end; when that fails, nothing is written
     */
    FileEntry write(GuestPath path, WriteOptions options, InputStream content);

    /** Unpacks a tar into a folder, and nowhere else; returns how many entries there were. Not atomic. */
    long writeTree(GuestPath path, WriteOptions options, InputStream content);

    /**
     * Makes a folder.
     *
     * @param parents makes those that it is in, and is content with one that is there
     */
    FileEntry makeFolder(GuestPath path, OptionalInt mode, Optional<String> user, boolean parents);

    FileEntry move(GuestPath from, GuestPath to, boolean replace);

    /** Copies a file, or a folder with all that is in it. */
    FileEntry copy(GuestPath from, GuestPath to, boolean replace);

    /** Changes permissions, owner, or both. */
    FileEntry changeMode(GuestPath path, OptionalInt mode, Optional<String> user, boolean recursive);

    void remove(GuestPath path, boolean recursive, Optional<String> version);

    /** Watches a folder or a file; returns when the watch has begun. */
    FileWatch watch(GuestPath path, boolean recursive);
}
