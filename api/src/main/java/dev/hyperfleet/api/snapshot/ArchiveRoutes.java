package dev.hyperfleet.api.snapshot;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Archives;
import dev.hyperfleet.core.control.Archives.Description;
import dev.hyperfleet.core.control.Snapshots;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.snapshot.Snapshot;
import dev.hyperfleet.http.Caller;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/** Snapshots as archives: export and import. The bodies are streamed. */
public final class ArchiveRoutes implements RouteGroup {
    private static final String TYPE = "application/zip";

    private final Snapshots snapshots;
    private final Archives archives;
    private final ArchiveWorkers workers = new ArchiveWorkers();

    public ArchiveRoutes(Snapshots snapshots, Archives archives) {
        this.snapshots = snapshots;
        this.archives = archives;
    }

    @Override
    public void register(Routes routes) {
        // A guest's memory has all its secrets, which otherwise only a command in it could read.
        routes.filtered().getStream("/snapshots/{snapshot}/archive", Scope.MACHINES_EXEC, this::write);
        routes.filtered().taking("name", "memory").postStream("/snapshots", Scope.MACHINES_WRITE, this::add);
    }

    private void write(Context context) throws IOException {
        Snapshot snapshot = snapshots.get(SnapshotRoutes.path(context), Caller.seesSnapshot(context));
        byte[] manifest = ArchiveManifest.write(snapshot);
        context.contentType(TYPE)
                .header("Content-Disposition", "attachment; filename=\"%s.zip\"".formatted(snapshot.name()))
                .header("X-Content-Type-Options", "nosniff");
        OutputStream body = context.res().getOutputStream();
        workers.run(() -> {
            archives.write(snapshot, manifest, body);
            return true;
        });
    }

    private void add(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        Optional<String> name = query.text("name");
        if (name.isPresent() && !MachineSpec.NAME.matcher(name.get()).matches()) {
            query.problems().add("name must be " + RequestBody.NAME_RULE);
        }
        boolean memory = query.flag("memory", true);
        query.throwIfInvalid();
        requireArchive(context);
        InputStream body = context.req().getInputStream();
        Snapshot added = workers.run(
                () -> archives.add(body, manifest -> renamed(ArchiveManifest.read(manifest), name), !memory));
        context.status(HttpStatus.CREATED).header("Location", "/snapshots/" + added.id());
        Responses.json(context, SnapshotJson.of(added, List.of()));
    }

    private static Description renamed(Description described, Optional<String> name) {
        return name.map(described::named).orElse(described);
    }

    /** Browsers send other types to a server without asking it first. */
    private static void requireArchive(Context context) {
        String type = Optional.ofNullable(context.contentType()).orElse("");
        if (!type.equalsIgnoreCase(TYPE)) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type must be %s; it is '%s'. With curl: -H 'Content-Type: %s' --data-binary @FILE"
                            .formatted(TYPE, type, TYPE));
        }
    }
}
