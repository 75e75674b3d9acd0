package dev.hyperfleet.oci.registry;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;

/** The platform of this host's machines. */
public final class Platform {
    public static final String OS = "linux";
    public static final String ARCHITECTURE = "amd64";

    /** As images name it. */
    public static final String NAME = OS + "/" + ARCHITECTURE;

    private static final int MAX_SHOWN = 200;

    private Platform() {}

    /** The error for an image of other platforms. */
    public static HyperfleetException unsupported(String others) {
        return new HyperfleetException(
                ErrorCode.UNSUPPORTED,
                "The image is not made for %s, only for %s"
                        .formatted(NAME, Excerpt.of(SafeText.line(others), MAX_SHOWN)));
    }
}
