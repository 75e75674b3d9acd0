package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.image.ImageLibrary;
import dev.hyperfleet.core.image.ImageReference;
import dev.hyperfleet.core.image.ImageSource;
import dev.hyperfleet.core.machine.MachineDefaults;
import java.util.Optional;

/**
 * What machines of a container image boot: the server's own kernel, with the agent, and the image's files. Safe for
 * concurrent use; calls block.
 */
public final class ContainerImages {
    private static final long MIB = 1 << 20;

    private final ImageLibrary library;
    private final MachineDefaults defaults;
    private final Host host;

    /**
     * @param defaults of machines without an image
     */
    public ContainerImages(ImageLibrary library, MachineDefaults defaults, Host host) {
        this.library = library;
        this.defaults = defaults;
        this.host = host;
    }

    /**
     * The properties of a new machine of this image, which is pulled if needed.
     *
     * @throws HyperfleetException as {@link ImageLibrary#pull} and {@link Host#requireRoom} say; {@link
     *     ErrorCode#UNSUPPORTED} if machines have no agent, since nothing could be run in them
     */
    public MachineDefaults pull(ImageReference reference) {
        Image own = defaults.image();
        if (own.initrd().isEmpty()) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    "Container images have no agent, and this server has none for them: set HYPERFLEET_INITRD_PATH");
        }
        host.requireRoom();
        ImageLibrary.Pulled pulled = library.pull(reference);
        Image image = new Image(
                own.digest().map(digest -> "sha256:" + Sha256.of("%s with %s".formatted(digest, pulled.digest()))),
                own.kernel(),
                own.kernelArgs(),
                own.initrd(),
                pulled.root(),
                own.leastMemSizeMib(),
                Optional.of(new ImageSource(reference.toString(), pulled.digest())));
        return new MachineDefaults(
                image,
                Disk.overImage(
                        Math.ceilDiv(pulled.bytes(), MIB),
                        defaults.disks().getLast().sizeMib()));
    }
}
