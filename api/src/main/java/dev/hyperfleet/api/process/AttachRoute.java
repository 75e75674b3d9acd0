package dev.hyperfleet.api.process;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.activity.Activity;
import dev.hyperfleet.core.activity.ActivityTracker;
import dev.hyperfleet.core.activity.Hold;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ReadOptions;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import dev.hyperfleet.http.WebSocketRequests;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A process's input and output over a WebSocket; docs/api/processes.md describes its messages. Errors in the request
 * are reported before the upgrade, as for any other request.
 */
public final class AttachRoute implements RouteGroup {
    private final Machines machines;
    private final ActivityTracker activity;
    private final OpenStreams streams;

    public AttachRoute(Machines machines, ActivityTracker activity, OpenStreams streams) {
        this.machines = machines;
        this.activity = activity;
        this.streams = streams;
    }

    @Override
    public void register(Routes routes) {
        routes.taking("offset", "follow", "hold")
                .getSocket("/machines/{id}/processes/{process}/attach", Scope.MACHINES_EXEC, this::attach);
    }

    private void attach(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        ReadOptions options = OutputRoute.options(query, Optional.empty(), true);
        query.throwIfInvalid();
        GuestProcesses processes = ProcessRoutes.of(machines, context);
        WebSocketRequests.require(context, "…/output streams the same as server-sent events");
        AttachSocket socket = socket(
                processes,
                processes.attach(context.pathParam("process"), options),
                streams,
                () -> activity.hold(MachinePath.id(context), Activity.OPERATIONS));
        WebSocketRequests.upgrade(context, socket, socket::close);
    }

    /** Detaches if the machine cannot be held, for example because it is being deleted. */
    static AttachSocket socket(
            GuestProcesses processes, Attachment attachment, OpenStreams streams, Supplier<Hold> hold) {
        boolean held = false;
        try {
            AttachSocket socket = new AttachSocket(processes, attachment, hold.get(), streams);
            held = true;
            return socket;
        } finally {
            if (!held) {
                attachment.close();
            }
        }
    }
}
