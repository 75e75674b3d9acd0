package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import io.javalin.http.Context;

/** The machine that a path names. */
public final class MachinePath {
    private MachinePath() {}

    /**
     * The id in the path.
     *
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND} for a text that is not in the form of an id: no machine
     * has it
     */
    public static MachineId id(Context context) {
        String text = context.pathParam("id");
        if (!MachineId.isValid(text)) {
            throw new HyperfleetException(ErrorCode.NOT_FOUND, "Machine with id '%s' not found".formatted(text));
        }
        MachineId id = new MachineId(text);
        RequestLog.nameMachine(id);
        return id;
    }
}
