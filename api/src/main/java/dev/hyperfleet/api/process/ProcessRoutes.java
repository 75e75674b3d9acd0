package dev.hyperfleet.api.process;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.TerminalSize;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Processes in a machine: start, list, get, signal, resize, kill. */
public final class ProcessRoutes implements RouteGroup {
    private static final String ALL = "/machines/{id}/processes";
    private static final String ONE = ALL + "/{process}";
    private static final int MAX_SIGNAL = 64;
    private static final String RUNNING = "running";
    private static final String EXITED = "exited";

    private final Machines machines;

    public ProcessRoutes(Machines machines) {
        this.machines = machines;
    }

    private record ListJson(List<ProcessJson> processes) {}

    @Override
    public void register(Routes routes) {
        routes.post(ALL, Scope.MACHINES_EXEC, this::start);
        routes.taking("tag", "status").get(ALL, Scope.MACHINES_EXEC, this::list);
        routes.get(ONE, Scope.MACHINES_EXEC, this::get);
        routes.delete(ONE, Scope.MACHINES_EXEC, this::kill);
        routes.post(ONE + "/signal", Scope.MACHINES_EXEC, this::signal);
        routes.post(ONE + "/resize", Scope.MACHINES_EXEC, this::resize);
    }

    private void start(Context context) {
        RequestBody body = RequestBody.read(context, ProcessBody.START_FIELDS);
        ProcessSpec spec = ProcessBody.ofStart(body);
        body.throwIfInvalid();
        GuestProcess process = processes(context).start(spec);
        context.status(HttpStatus.CREATED)
                .header("Location", "/machines/%s/processes/%s".formatted(MachinePath.id(context), process.id()));
        answer(context, process);
    }

    private void list(Context context) {
        QueryParameters query = QueryParameters.read(context);
        Optional<String> tag = query.text("tag");
        Optional<String> status = query.text("status");
        if (status.isPresent() && !Set.of(RUNNING, EXITED).contains(status.get())) {
            query.problems().add("status must be '%s' or '%s'".formatted(RUNNING, EXITED));
        }
        query.throwIfInvalid();
        List<ProcessJson> found = processes(context).list().stream()
                .filter(process -> tag.isEmpty() || tag.equals(process.tag()))
                .map(ProcessJson::of)
                .filter(process -> status.isEmpty() || status.get().equals(process.status()))
                .toList();
        Responses.json(context, new ListJson(found));
    }

    private void get(Context context) {
        answer(context, processes(context).get(context.pathParam("process")));
    }

    private void kill(Context context) {
        var _ = processes(context).kill(context.pathParam("process"));
        context.status(HttpStatus.NO_CONTENT).res().setContentType(null);
    }

    private void signal(Context context) {
        RequestBody body = RequestBody.read(context, List.of("signal"));
        int signal = signal(body);
        body.throwIfInvalid();
        answer(context, processes(context).signal(context.pathParam("process"), signal));
    }

    /** A name, or a number. */
    static int signal(RequestBody body) {
        if (!body.isText("signal")) {
            return Math.toIntExact(body.requiredInteger("signal", 1, MAX_SIGNAL, ""));
        }
        Optional<Integer> number = Signals.number(body.requiredText("signal", RequestBody.MAX_WORD));
        if (number.isEmpty()) {
            body.problems().add("signal must be a name such as 'TERM', or a number from 1 to %d".formatted(MAX_SIGNAL));
        }
        return number.orElse(1);
    }

    private void resize(Context context) {
        RequestBody body = RequestBody.read(context, ProcessBody.SIZE);
        TerminalSize size = ProcessBody.size(body);
        body.throwIfInvalid();
        answer(context, processes(context).resize(context.pathParam("process"), size));
    }

    private static void answer(Context context, GuestProcess process) {
        Responses.json(context, ProcessJson.of(process));
    }

    private GuestProcesses processes(Context context) {
        return of(machines, context);
    }

    static GuestProcesses of(Machines machines, Context context) {
        return machines.guest(MachinePath.id(context), "use a process").processes();
    }
}
