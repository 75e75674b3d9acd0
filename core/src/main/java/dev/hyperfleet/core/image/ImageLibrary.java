package dev.hyperfleet.core.image;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.nio.file.Path;

/** The container images of this host. Safe for concurrent use; calls block. */
public interface ImageLibrary {
    /**
     * An image that machines can boot.
     *
     * @param digest of its manifest
     * @param root its file system, which is never written
     * @param bytes the size of that
     */
    record Pulled(String digest, ImageConfig config, Path root, long bytes) {}

    /**
     * Finds out what a reference means now, and pulls that, unless it is there. Those who want the same at the same time
     * share one pull.
     *
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND} if the registry has no such image; {@link
     *     ErrorCode#UNSUPPORTED} if it is for other platforms, or this host cannot make file systems; {@link
     *     ErrorCode#BAD_REQUEST} if it is damaged, too large, or needs a login; {@link ErrorCode#UNAVAILABLE} if the
     *     registry does not answer
     */
    Pulled pull(ImageReference reference);
}
