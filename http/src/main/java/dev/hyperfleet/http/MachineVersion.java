package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.RequestContext;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Versions of machines, as clients name them. An ETag is the machine's version, which is stored and increases with each
 * change, and a checksum of the document, which includes the machine's activity. If-Match compares only the version, so
 * that a health check's result does not prevent a change of the machine.
 */
public final class MachineVersion {
    private MachineVersion() {}

    /**
     * The ETag of a representation, without its quotes.
     *
     * @param document the machine as JSON
     * @param activity the machine's activity; empty if there is none, or it is not sent
     */
    public static String tag(Machine machine, byte[] document, byte[] activity) {
        CRC32C checksum = new CRC32C();
        checksum.update(document);
        checksum.update(activity);
        return machine.version() + "-" + HexFormat.of().toHexDigits((int) checksum.getValue());
    }

    public static void show(Context context, String tag) {
        context.header("ETag", '"' + tag + '"');
    }

    /** A handler that changes a machine only if If-Match, if present, names its version. */
    public static Handler required(Handler handler) {
        return context -> {
            ValidationErrors problems = new ValidationErrors();
            Optional<EntityTags> wanted = EntityTags.of(context, "If-Match", problems);
            problems.throwIfAny();
            if (wanted.isPresent()) {
                RequestContext.current()
                        .under(machine -> require(wanted.get(), machine))
                        .run(() -> handler.handle(context));
            } else {
                handler.handle(context);
            }
        };
    }

    private static void require(EntityTags wanted, Machine machine) {
        String version = machine.version() + "-";
        if (!wanted.any() && wanted.strong().stream().noneMatch(tag -> tag.startsWith(version))) {
            throw new HyperfleetException(
                    ErrorCode.PRECONDITION_FAILED,
                    ("Machine %s has version %d, which If-Match does not name. Get the machine again, and retry if "
                                    + "the request still applies.")
                            .formatted(machine.id(), machine.version()));
        }
    }
}
