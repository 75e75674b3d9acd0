package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.Machine;
import io.javalin.http.Context;
import java.util.Optional;

/** The machine that a path names, by its id or its name. */
public final class MachinePath {
    /** The beginning of every path that names a machine. */
    static final String PREFIX = "/machines/{id}";

    private static final String ATTRIBUTE = "hyperfleet.machine";

    private MachinePath() {}

    /**
     * Finds the machine once, before everything that asks for it: it may be renamed or deleted meanwhile. A machine that
     * the caller must not see is not found, so no operation can reach it.
     */
    static void resolve(Context context, Machines machines) {
        String text = context.pathParam("id");
        // A deleted machine still has events. It has no owner any more, so it is only for callers who see all.
        boolean mayBeDeleted = Caller.seesAll(context) && MachineId.isValid(text);
        Optional<MachineId> id = machines.lookup(text, Caller.sees(context))
                .map(Machine::id)
                .or(() -> mayBeDeleted ? Optional.of(new MachineId(text)) : Optional.empty());
        id.ifPresent(found -> {
            context.attribute(ATTRIBUTE, found);
            RequestLog.nameMachine(found);
        });
    }

    /** The id, if the text in the path is a machine's name or has the form of an id. */
    static Optional<MachineId> find(Context context) {
        return Optional.ofNullable(context.attribute(ATTRIBUTE));
    }

    /** Refuses a request for a machine that the caller must not see, or that does not exist, before all else. */
    static void requireVisible(Context context) {
        if (!Caller.seesAll(context)) {
            var _ = id(context);
        }
    }

    /**
     * The id of the machine that the path names.
     *
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND} if no machine has this name and the text cannot be an id
     */
    public static MachineId id(Context context) {
        return find(context).orElseThrow(() -> HyperfleetException.notFound(context.pathParam("id")));
    }
}
