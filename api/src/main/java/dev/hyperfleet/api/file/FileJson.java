package dev.hyperfleet.api.file;

import dev.hyperfleet.core.guest.FileEntry;
import dev.hyperfleet.core.guest.GuestPath;
import dev.hyperfleet.http.OutputText;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A file in a guest as sent to clients. A path that is not UTF-8 is in base64, as its encoding says. */
record FileJson(
        String path,
        String pathEncoding,
        String type,
        long size,
        String mode,
        long uid,
        long gid,
        @Nullable String user,
        @Nullable String group,
        Instant modifiedAt,
        @Nullable String linkTarget,
        @Nullable String linkTargetEncoding,
        String etag) {
    static FileJson of(FileEntry entry) {
        OutputText path = text(entry.path());
        Optional<OutputText> target = entry.linkTarget().map(FileJson::text);
        return new FileJson(
                path.text(),
                path.encoding(),
                entry.type().name().toLowerCase(Locale.ROOT),
                entry.size(),
                "%04o".formatted(entry.mode()),
                entry.uid(),
                entry.gid(),
                entry.user().orElse(null),
                entry.group().orElse(null),
                entry.modifiedAt(),
                target.map(OutputText::text).orElse(null),
                target.map(OutputText::encoding).orElse(null),
                etag(entry));
    }

    static OutputText text(GuestPath path) {
        return OutputText.of(path.bytes(), false);
    }

    /** The version in the form of an ETag (RFC 9110). */
    static String etag(FileEntry entry) {
        return "\"" + entry.version() + "\"";
    }
}
