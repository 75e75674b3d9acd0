package dev.hyperfleet.http;

import dev.hyperfleet.core.guest.FileEntry;
import dev.hyperfleet.core.guest.GuestFiles;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The version of a file that a request requires (RFC 9110, 13). */
public final class Preconditions {
    private static final Pattern ETAG = Pattern.compile("\"([!#-~]{1,200})\"");

    private Preconditions() {}

    /** The version in If-Match. */
    public static Optional<String> ifMatch(Context context, ValidationErrors problems) {
        @Nullable String header = context.header("If-Match");
        if (header == null) {
            return Optional.empty();
        }
        if (header.equals(GuestFiles.ANY_VERSION)) {
            return Optional.of(header);
        }
        var etag = ETAG.matcher(header);
        if (!etag.matches()) {
            problems.add("If-Match must be one ETag, in quotes, or *");
            return Optional.empty();
        }
        return Optional.of(etag.group(1));
    }

    /** Whether If-None-Match requires that the file does not exist. */
    public static boolean mustBeNew(Context context, ValidationErrors problems) {
        @Nullable String header = context.header("If-None-Match");
        if (header != null && !header.equals(GuestFiles.ANY_VERSION)) {
            problems.add("If-None-Match must be * for a write");
        }
        return header != null;
    }

    /** Whether a reading client has this version already. */
    public static boolean isUnchanged(Context context, FileEntry entry) {
        ValidationErrors problems = new ValidationErrors();
        Optional<EntityTags> known = EntityTags.of(context, "If-None-Match", problems);
        problems.throwIfAny();
        return known.isPresent() && known.get().include(entry.version());
    }
}
