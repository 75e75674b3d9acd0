package dev.hyperfleet.core.disk;

import java.util.List;

/**
 * A block device of a machine. The guest sees its machine's disks in the order of their list: the first is {@code
 * /dev/vda}.
 *
 * @param kind what the guest uses it for
 * @param source where its content comes from
 * @param sizeMib its size in MiB, rounded up; 0 if it is not known, as with machines that were created before sizes were
 *     stored
 */
public record Disk(Kind kind, Source source, long sizeMib) {
    private static final char FIRST = 'a';

    /** What the guest uses a disk for. */
    public enum Kind {
        /** The root file system of an image, below all that the machine writes. */
        BASE,
        /** What the machine writes to its root file system. */
        LAYER
    }

    /** Where the content of a disk comes from. */
    public sealed interface Source {
        /** The image's root file system: one file for all machines, never written. */
        record ImageRoot() implements Source {}

        /** A file of the machine's own, which begins as an empty file system and is deleted with the machine. */
        record Empty() implements Source {}
    }

    public Disk {
        if (sizeMib < 0) {
            throw new IllegalArgumentException("out of range: sizeMib");
        }
    }

    /** The disks of a machine that boots an image and keeps what it writes: the image's root, and an empty disk over it. */
    public static List<Disk> overImage(long rootMib, long layerMib) {
        return List.of(
                new Disk(Kind.BASE, new Source.ImageRoot(), rootMib),
                new Disk(Kind.LAYER, new Source.Empty(), layerMib));
    }

    /** Whether the machine cannot write to it. */
    public boolean isReadOnly() {
        return source instanceof Source.ImageRoot;
    }

    /** What the guest calls the device of the disk at this place of the list, counted from 0, without {@code /dev/}. */
    public static String device(int place) {
        return "vd" + (char) (FIRST + place);
    }
}
