package dev.hyperfleet.core.image;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a machine boots. It is fixed when the machine is created: a new default image never changes the base under an
 * existing disk.
 *
 * @param digest of the content of the three files, as {@code sha256:} and 64 hexadecimal digits; empty for a machine
 *     that was created before images had one
 * @param kernel the kernel image
 * @param kernelArgs its arguments, as the operator gave them
 * @param initrd the initramfs with our agent; empty for a kernel that boots the user's own root without an agent
 * @param rootfs the root file system, shared and never written
 * @param leastMemSizeMib the memory that a guest needs to boot it, in MiB; 0 if that was not measured
 * @param source the container image whose files it has; empty for the server's own
 */
public record Image(
        Optional<String> digest,
        Path kernel,
        String kernelArgs,
        Optional<Path> initrd,
        Path rootfs,
        long leastMemSizeMib,
        Optional<ImageSource> source) {
    /** One of the server's own. */
    public Image(
            Optional<String> digest,
            Path kernel,
            String kernelArgs,
            Optional<Path> initrd,
            Path rootfs,
            long leastMemSizeMib) {
        this(digest, kernel, kernelArgs, initrd, rootfs, leastMemSizeMib, Optional.empty());
    }
}
