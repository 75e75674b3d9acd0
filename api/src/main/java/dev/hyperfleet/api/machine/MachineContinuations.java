package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.http.IdempotencyKeys;
import dev.hyperfleet.http.QueryParameters;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.function.Function;

/**
 * Completes requests that changed a machine but got no response because the server exited or failed: does what remains
 * to be done, and nothing twice.
 */
final class MachineContinuations {
    /** The query parameter of a start that discards a saved memory. */
    static final String BOOT = "boot";

    private final Machines machines;
    private final MachineDocuments documents;

    MachineContinuations(Machines machines, MachineDocuments documents) {
        this.machines = machines;
        this.documents = documents;
    }

    void created(Context context, MachineId id) {
        boolean start = QueryParameters.read(context).flag("start", false);
        Machine machine = start ? until(id, MachineStatus.RUNNING, machines::start) : present(id);
        context.status(HttpStatus.CREATED).header("Location", "/machines/" + id);
        documents.answer(context, machine);
    }

    /** A machine whose saved memory was to be discarded may still have it. */
    void started(Context context, MachineId id) {
        boolean boot = QueryParameters.read(context).flag(BOOT, false);
        documents.answer(context, until(id, MachineStatus.RUNNING, boot ? machines::boot : machines::start));
    }

    void changed(Context context, MachineId id) {
        documents.answer(context, present(id));
    }

    /** It was removed in the same transaction that stored its request, or, with force, stopped in it. */
    void deleted(Context context, MachineId id) {
        if (machines.peek(id).isPresent()) {
            machines.remove(id);
        }
        documents.forget(id);
        context.status(HttpStatus.NO_CONTENT).res().setContentType(null);
    }

    /** Brings a machine to the requested status; repeats the command if the machine is not in it. */
    IdempotencyKeys.Continuation until(MachineStatus target, Function<MachineId, Machine> command) {
        return (context, id) -> documents.answer(context, until(id, target, command));
    }

    private Machine until(MachineId id, MachineStatus target, Function<MachineId, Machine> command) {
        var _ = present(id);
        Machine machine = machines.settled(id);
        return machine.status() == target ? machine : command.apply(id);
    }

    private Machine present(MachineId id) {
        return machines.peek(id)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.OUTCOME_UNKNOWN,
                        ("The request was carried out for machine %s, which has been deleted since. To repeat it, "
                                        + "send a new key.")
                                .formatted(id)));
    }
}
