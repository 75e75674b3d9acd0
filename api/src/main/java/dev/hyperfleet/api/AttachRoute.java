package dev.hyperfleet.api;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Machines;
import dev.hyperfleet.core.Scope;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ReadOptions;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServerContainer;
import org.eclipse.jetty.http.HttpException;

/**
 * A process's input and output by WebSocket; docs/api/processes.md describes its messages. Whatever is wrong
 * with the request is answered before the connection is upgraded, as for any other.
 */
final class AttachRoute {
    private final Machines machines;
    private final OpenStreams streams;

    AttachRoute(Machines machines, OpenStreams streams) {
        this.machines = machines;
        this.streams = streams;
    }

    void register(Routes routes) {
        routes.getStream("/machines/{id}/processes/{process}/attach", Scope.MACHINES_EXEC, this::attach);
    }

    private void attach(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context, Set.of("offset", "follow", "hold"));
        ReadOptions options = OutputRoute.options(query, Optional.empty(), true);
        query.throwIfInvalid();
        GuestProcesses processes = ProcessRoutes.of(machines, context);
        if (!"websocket".equalsIgnoreCase(context.header("Upgrade"))) {
            context.header("Upgrade", "websocket");
            throw new HyperfleetException(
                    ErrorCode.UPGRADE_REQUIRED,
                    "This is for WebSockets alone; …/output streams the same as server-sent events");
        }
        Attachment attachment = processes.attach(context.pathParam("process"), options);
        AttachSocket socket = new AttachSocket(processes, attachment, streams);
        boolean upgraded = false;
        try {
            JettyWebSocketServerContainer container =
                    JettyWebSocketServerContainer.getContainer(context.req().getServletContext());
            upgraded = upgrade(container, socket, context);
        } finally {
            if (!upgraded) {
                attachment.close();
            }
        }
    }

    private static boolean upgrade(JettyWebSocketServerContainer container, AttachSocket socket, Context context)
            throws IOException {
        boolean upgraded;
        try {
            upgraded = container.upgrade((_, _) -> socket, WebSocketRequests.original(context.req()), context.res());
        } catch (HttpException.RuntimeException malformed) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "It is no WebSocket's handshake: " + malformed.getMessage(), malformed);
        }
        if (!upgraded) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "It is no WebSocket's handshake (RFC 6455): Connection: Upgrade, Sec-WebSocket-Version: 13");
        }
        return true;
    }
}
