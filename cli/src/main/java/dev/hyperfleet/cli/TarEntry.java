package dev.hyperfleet.cli;

import java.nio.file.attribute.FileTime;

/**
 * The header of an entry of a tar.
 *
 * @param name a path with '/' between its parts; invalid UTF-8 in it becomes U+FFFD
 * @param mode permissions, with the bits for setuid, setgid and sticky
 * @param size bytes of content; 0 for all but files
 * @param linkTarget the target of a link; empty for all but links
 */
record TarEntry(String name, Kind kind, int mode, long size, String linkTarget, FileTime modified) {
    /** The type of an entry. */
    enum Kind {
        FILE("a file"),
        FOLDER("a folder"),
        SYMBOLIC_LINK("a link"),
        HARD_LINK("a hard link"),
        CHARACTER_DEVICE("a character device"),
        BLOCK_DEVICE("a block device"),
        PIPE("a named pipe"),
        /** Sparse files too: a few bytes of an archive could fill a disk. */
        OTHER("an entry of an unknown kind");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
