package dev.hyperfleet.guest;

import dev.hyperfleet.core.guest.FileChange;
import dev.hyperfleet.core.guest.FileEntry;
import dev.hyperfleet.guest.v1.Change;
import dev.hyperfleet.guest.v1.Entry;
import java.util.Optional;
import java.util.regex.Pattern;

/** Converts files between the protocol and the core. */
final class FileMessages {
    /** It becomes a header of a response. */
    private static final Pattern VERSION = Pattern.compile("[0-9a-f-]{1,100}");

    private static final int MODE_BITS = 0xfff;

    private FileMessages() {}

    static FileEntry entry(Entry message, GrpcErrors failures) {
        if (!VERSION.matcher(message.getVersion()).matches()) {
            throw failures.outOfBounds("a file's version");
        }
        return new FileEntry(
                Messages.path(message.getPath()),
                switch (message.getType()) {
                    case FILE -> FileEntry.Type.FILE;
                    case FOLDER -> FileEntry.Type.FOLDER;
                    case LINK -> FileEntry.Type.LINK;
                    case DEVICE -> FileEntry.Type.DEVICE;
                    case PIPE -> FileEntry.Type.PIPE;
                    default -> FileEntry.Type.OTHER;
                },
                Messages.amount(message.getSize()),
                message.getMode() & MODE_BITS,
                Integer.toUnsignedLong(message.getUid()),
                Integer.toUnsignedLong(message.getGid()),
                Messages.text(message.getUser()),
                Messages.text(message.getGroup()),
                Messages.instantOfMicros(message.getModifiedAtUs()),
                message.getLinkTarget().isEmpty()
                        ? Optional.empty()
                        : Optional.of(Messages.path(message.getLinkTarget())),
                message.getVersion());
    }

    static FileChange change(Change message, GrpcErrors failures) {
        FileChange.Kind kind = switch (message.getKind()) {
            case CREATE -> FileChange.Kind.CREATE;
            case WRITE -> FileChange.Kind.WRITE;
            case REMOVE -> FileChange.Kind.REMOVE;
            case RENAME -> FileChange.Kind.RENAME;
            case ATTRIBUTES -> FileChange.Kind.ATTRIBUTES;
            case OVERFLOW -> FileChange.Kind.OVERFLOW;
            default -> throw failures.outOfBounds("an unknown kind of change");
        };
        return new FileChange(
                kind,
                Messages.path(message.getPath()),
                message.getFrom().isEmpty() ? Optional.empty() : Optional.of(Messages.path(message.getFrom())),
                message.getFolder());
    }
}
