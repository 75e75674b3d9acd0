package dev.hyperfleet.api.port;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.PortLinks;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.activity.Activity;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.activity.MachinePorts.Visit;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import dev.hyperfleet.http.WebSocketRequests;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Pattern;

/** Machines' ports: links and connections to them; HTTP requests go through the proxy. */
public final class PortRoutes implements RouteGroup {
    private static final Duration DEFAULT_EXPIRY = Duration.ofHours(1);
    private static final Duration MAX_EXPIRY = Duration.ofDays(30);
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,4}");

    private final Machines machines;
    private final MachinePorts ports;
    private final PortLinks links;
    private final PortAddresses addresses;
    private final OpenStreams streams;
    private final Clock clock;

    /** A link as sent to clients. */
    record LinkJson(String url, String pathUrl, String token, Instant expiresAt) {}

    public PortRoutes(
            Machines machines,
            MachinePorts ports,
            PortLinks links,
            PortAddresses addresses,
            OpenStreams streams,
            Clock clock) {
        this.machines = machines;
        this.ports = ports;
        this.links = links;
        this.addresses = addresses;
        this.streams = streams;
        this.clock = clock;
    }

    @Override
    public void register(Routes routes) {
        routes.post("/machines/{id}/ports/{port}/link", Scope.MACHINES_PROXY, this::link);
        routes.getSocket("/machines/{id}/ports/{port}/connect", Scope.MACHINES_PROXY, this::connect);
    }

    private void link(Context context) {
        MachineId id = MachinePath.id(context);
        int port = port(context);
        RequestBody body = RequestBody.readOptional(context, List.of("expires_in"));
        long seconds = body.optionalInteger("expires_in", 1, MAX_EXPIRY.toSeconds(), DEFAULT_EXPIRY.toSeconds());
        body.throwIfInvalid();
        Machine machine = machines.get(id);
        MachinePorts.requireExposed(machine, port);
        Instant expiry = clock.instant().plusSeconds(seconds).truncatedTo(ChronoUnit.SECONDS);
        String token = links.sign(id, port, expiry);
        String query = "?" + PortLinks.PARAMETER + "=" + token;
        context.status(HttpStatus.CREATED);
        Responses.json(
                context,
                new LinkJson(
                        addresses.preferred(machine, port) + query,
                        addresses.byPath(machine, port) + query,
                        token,
                        expiry));
    }

    private void connect(Context context) throws IOException {
        MachineId id = MachinePath.id(context);
        int port = port(context);
        WebSocketRequests.require(context, "for HTTP requests use the proxy, or POST …/link");
        ConnectSocket socket = socket(ports.visit(id, port, Activity.CONNECTIONS));
        WebSocketRequests.upgrade(context, socket, socket::close);
    }

    private ConnectSocket socket(Visit visit) {
        boolean connected = false;
        try {
            ConnectSocket socket = new ConnectSocket(visit.connect(), visit, streams);
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                visit.close();
            }
        }
    }

    private static int port(Context context) {
        String text = context.pathParam("port");
        if (!NUMBER.matcher(text).matches() || Integer.parseInt(text) > MachineSpec.MAX_PORT) {
            throw new HyperfleetException(ErrorCode.NOT_FOUND, "There is no port '%s'".formatted(text));
        }
        return Integer.parseInt(text);
    }
}
