package dev.hyperfleet.core.disk;

import java.util.List;

/**
 * A block device of a machine. The guest sees its machine's disks in the order of their list: the first is {@code
 * /dev/vda}.
 *
 * @param kind its use in the guest
 * @param source of its content
 * @param sizeMib its size in MiB, rounded up; 0 if unknown, as for machines that were created before sizes were stored
 */
public record Disk(Kind kind, Source source, long sizeMib) {
    private static final char FIRST = 'a';

    /** The use of a disk in the guest. */
    public enum Kind {
        /** The root file system of an image, below the machine's own writes. */
        BASE,
        /** The machine's writes to its root file system. */
        LAYER
    }

    /** The source of a disk's content. */
    public sealed interface Source {
        /** The image's root file system: one file for all machines, never written. */
        record ImageRoot() implements Source {}

        /** The machine's own file, which begins as an empty file system and is deleted with the machine. */
        record Empty() implements Source {}
    }

    public Disk {
        if (sizeMib < 0) {
            throw new IllegalArgumentException("out of range: sizeMib");
        }
    }

    /** The disks of a machine that boots an image and keeps its writes: the image's root, and an empty disk over it. */
    public static List<Disk> overImage(long rootMib, long layerMib) {
        return List.of(
                new Disk(Kind.BASE, new Source.ImageRoot(), rootMib),
                new Disk(Kind.LAYER, new Source.Empty(), layerMib));
    }

    /** Whether the machine cannot write to it. */
    public boolean isReadOnly() {
        return source instanceof Source.ImageRoot;
    }

    /** The guest's device name for the disk at this index of the list, without {@code /dev/}. */
    public static String device(int place) {
        return "vd" + (char) (FIRST + place);
    }
}
