package dev.hyperfleet.cli;

import java.nio.file.attribute.FileTime;

/**
 * What a tar says of one of its entries, before the bytes of it.
 *
 * @param name a path with '/' between its parts; what is not UTF-8 in it is U+FFFD
 * @param mode permissions, with the bits for setuid, setgid and sticky
 * @param size bytes that follow; 0 for all but files
 * @param linkTarget where a link leads; empty for all but links
 */
record TarEntry(String name, Kind kind, int mode, long size, String linkTarget, FileTime modified) {
    /** What it is. */
    enum Kind {
        FILE("a file"),
        FOLDER("a folder"),
        SYMBOLIC_LINK("a link"),
        HARD_LINK("a hard link"),
        CHARACTER_DEVICE("a character device"),
        BLOCK_DEVICE("a block device"),
        PIPE("a named pipe"),
        /** Sparse files too: what a few bytes of an archive say may take any space on a disk. */
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
