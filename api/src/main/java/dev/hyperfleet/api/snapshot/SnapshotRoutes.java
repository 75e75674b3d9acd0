package dev.hyperfleet.api.snapshot;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.SnapshotPage;
import dev.hyperfleet.core.control.Snapshots;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.snapshot.Snapshot;
import dev.hyperfleet.http.Caller;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Snapshots: create, list, get, delete. */
public final class SnapshotRoutes implements RouteGroup {
    private static final List<String> FIELDS = List.of("name", "memory", "labels");

    private final Snapshots snapshots;

    public SnapshotRoutes(Snapshots snapshots) {
        this.snapshots = snapshots;
    }

    private record PageJson(List<SnapshotJson> snapshots, int total) {}

    @Override
    public void register(Routes routes) {
        routes.post("/machines/{id}/snapshots", Scope.MACHINES_WRITE, this::create);
        routes.filtered()
                .taking("machine", "name", "label", "limit", "offset")
                .get("/snapshots", Scope.MACHINES_READ, this::list);
        routes.filtered().get("/snapshots/{snapshot}", Scope.MACHINES_READ, this::get);
        routes.filtered().delete("/snapshots/{snapshot}", Scope.MACHINES_WRITE, this::delete);
    }

    private void create(Context context) {
        MachineId id = MachinePath.id(context);
        RequestBody body = RequestBody.read(context, FIELDS);
        String name = body.requiredName();
        boolean memory = body.optionalBoolean("memory", true);
        Map<String, String> labels = body.optionalTextMap("labels", Snapshot.MAX_LABELS, Snapshot.MAX_LABEL);
        body.throwIfInvalid();
        Snapshot created = snapshots.create(id, new Snapshots.Request(name, memory, labels));
        context.status(HttpStatus.CREATED).header("Location", "/snapshots/" + created.id());
        Responses.json(context, json(context).apply(created));
    }

    private void list(Context context) {
        QueryParameters query = QueryParameters.read(context);
        int limit = query.limit();
        long offset = query.offset();
        Predicate<Snapshot> filter = Caller.seesSnapshot(context)
                .and(ofMachine(query.text("machine")))
                .and(named(query.text("name")))
                .and(labelled(query.labels()));
        query.throwIfInvalid();
        SnapshotPage page = snapshots.list(filter, limit, offset);
        Responses.json(
                context,
                new PageJson(page.snapshots().stream().map(json(context)).toList(), page.total()));
    }

    private static Predicate<Snapshot> ofMachine(Optional<String> idOrName) {
        return snapshot -> idOrName.map(text -> snapshot.machine().value().equals(text)
                        || snapshot.spec().name().equals(text))
                .orElse(true);
    }

    private static Predicate<Snapshot> named(Optional<String> name) {
        return snapshot -> name.map(snapshot.name()::equals).orElse(true);
    }

    private static Predicate<Snapshot> labelled(Map<String, Optional<String>> wanted) {
        return snapshot -> wanted.entrySet().stream().allMatch(label -> {
            Optional<String> value = Optional.ofNullable(snapshot.labels().get(label.getKey()));
            return label.getValue().isEmpty() ? value.isPresent() : value.equals(label.getValue());
        });
    }

    private void get(Context context) {
        Responses.json(context, json(context).apply(snapshots.get(path(context), Caller.seesSnapshot(context))));
    }

    private void delete(Context context) {
        snapshots.delete(path(context), Caller.seesSnapshot(context));
        context.status(HttpStatus.NO_CONTENT).res().setContentType(null);
    }

    static String path(Context context) {
        String text = context.pathParam("snapshot");
        if (!MachineSpec.NAME.matcher(text).matches()) {
            throw new HyperfleetException(ErrorCode.NOT_FOUND, "There is no such snapshot");
        }
        return text;
    }

    private Function<Snapshot, SnapshotJson> json(Context context) {
        Map<SnapshotId, List<Machine>> users = snapshots.users();
        return snapshot -> SnapshotJson.of(
                snapshot,
                users.getOrDefault(snapshot.id(), List.of()).stream()
                        .filter(Caller.sees(context))
                        .toList());
    }
}
