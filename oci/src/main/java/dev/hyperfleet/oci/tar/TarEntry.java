package dev.hyperfleet.oci.tar;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An entry of a tar archive: a file, or another object of a file system. Texts have one character for each byte.
 *
 * @param name as the archive has it
 * @param mode the permissions, 0 to 07777
 * @param size of the content that follows; 0 for all but regular files
 * @param modified in seconds since 1970
 * @param linkName where a symbolic link leads, or which entry a hard link is another name of; empty for others
 * @param major of a device's number
 * @param minor of a device's number
 * @param attributes extended ones, by name
 */
public record TarEntry(
        Type type,
        String name,
        int mode,
        long owner,
        long group,
        long size,
        long modified,
        String linkName,
        int major,
        int minor,
        SortedMap<String, String> attributes) {
    private static final int FOLDER_MODE = 0755;

    /** What an entry is, with its mark in the archive. */
    public enum Type {
        FILE('0'),
        HARD_LINK('1'),
        SYMBOLIC_LINK('2'),
        CHARACTER_DEVICE('3'),
        BLOCK_DEVICE('4'),
        FOLDER('5'),
        FIFO('6');

        final char flag;

        Type(char flag) {
            this.flag = flag;
        }
    }

    /** A folder of root's that an archive does not mention, although it has files in it. */
    public static TarEntry folder(String name) {
        return new TarEntry(Type.FOLDER, name, FOLDER_MODE, 0, 0, 0, 0, "", 0, 0, new TreeMap<>(Map.of()));
    }

    /** The same under another name. */
    public TarEntry named(String other) {
        return new TarEntry(type, other, mode, owner, group, size, modified, linkName, major, minor, attributes);
    }

    /** Another name of this entry, as a hard link. */
    public TarEntry linkedAs(String other) {
        return new TarEntry(
                Type.HARD_LINK, other, mode, owner, group, 0, modified, name, 0, 0, new TreeMap<>(Map.of()));
    }
}
