package dev.hyperfleet.proxy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.activity.Activity;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.activity.MachinePorts.Visit;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.RateLimit;
import dev.hyperfleet.http.RequestIds;
import dev.hyperfleet.proxy.Exchange.Switched;
import dev.hyperfleet.proxy.GuestRequest.Body;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * Forwards requests to the machines that they name, if they are admitted. Blocks: each request needs its own thread.
 */
final class MachineHandler extends Handler.Abstract {
    private static final String REFERRER_POLICY = "Referrer-Policy";
    private static final String HTTPS = "https";

    private final Machines machines;
    private final MachinePorts ports;
    private final Admission admission;
    private final Target.Naming naming;
    private final Predicate<String> trusted;
    private final GuestConnections connections;
    private final HeaderDeadline deadline;
    private final ProxyLog log;
    private final Duration patience;
    private final RateLimit strangers;
    private final Clock clock;

    MachineHandler(
            ProxyServer.Services services,
            ProxyServer.Options options,
            GuestConnections connections,
            HeaderDeadline deadline) {
        this.deadline = deadline;
        this.machines = services.machines();
        this.ports = services.ports();
        this.admission = new Admission(services.keys(), services.links(), options.unchecked());
        this.naming = Target.Naming.of(options.prefix(), options.hostSuffix());
        this.trusted = options.trusted();
        this.connections = connections;
        this.log = new ProxyLog(services.metrics());
        this.patience = options.patience();
        this.strangers = services.strangers();
        this.clock = services.clock();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        deadline.met(request);
        String id = RequestIds.of(request.getHeaders().get(RequestIds.HEADER));
        ProxyLog.Entry entry = log.begin(request, response, id);
        try {
            serve(request, response, callback, id, entry);
        } catch (HyperfleetException refused) {
            HyperfleetException reason = counted(request, refused);
            ErrorResponses.write(request, response, callback, reason.code(), String.valueOf(reason.getMessage()), id);
        } catch (ClientGoneException gone) {
            if (gone.wasUnintelligible()) {
                String message = "The request's body is not valid HTTP.";
                ErrorResponses.write(request, response, callback, ErrorCode.BAD_REQUEST, message, id);
            } else {
                callback.failed(gone);
            }
        } catch (SocketTimeoutException late) {
            ErrorResponses.write(
                    request,
                    response,
                    callback,
                    ErrorCode.TIMEOUT,
                    "The machine has not answered within %d s.".formatted(patience.toSeconds()),
                    id);
        } catch (IOException broken) {
            ErrorResponses.write(
                    request,
                    response,
                    callback,
                    ErrorCode.GUEST_ERROR,
                    "The machine closed the connection early: " + broken.getMessage(),
                    id);
        } finally {
            entry.end();
        }
        return true;
    }

    /** Requests that the proxy itself answers count against the client's limit; machines' responses do not. */
    private HyperfleetException counted(Request request, HyperfleetException refused) {
        try {
            strangers.count(RateLimit.clientAt(Headers.client(request.getHeaders(), origin(request))));
            return refused;
        } catch (HyperfleetException tooMany) {
            return tooMany;
        }
    }

    private void serve(Request request, Response response, Callback callback, String id, ProxyLog.Entry entry)
            throws IOException {
        RequestSyntax.check(request);
        Target target = target(request);
        Machine machine = machines.find(target.machine());
        entry.leadsTo(machine.id(), target.port());
        Credentials credentials = Credentials.take(request.getHeaders(), target.pathQuery());
        Headers.Origin origin = origin(request);
        String upgrade = RequestSyntax.isHttp1(request) ? Headers.upgrade(request.getHeaders()) : "";
        boolean isRead = isRead(request) && upgrade.isEmpty();
        SendingPage page = SendingPage.of(
                request.getHeaders(),
                Headers.trusted(request.getHeaders(), origin, "X-Forwarded-Host", origin.host()),
                !isRead);
        Optional<Instant> link = admission.admit(target.machine(), machine, target.port(), credentials, page);
        if (target.wantsSlash()) {
            redirect(response, callback, target.prefix() + "/" + target.pathQuery());
            return;
        }
        if (link.isPresent() && isRead) {
            response.getHeaders()
                    .add(cookie(request, origin, target, credentials.link().orElseThrow(), link.get()));
            redirect(response, callback, target.prefix() + credentials.pathQuery());
            return;
        }
        HttpFields.Mutable headers = Headers.toGuest(credentials.headers(), origin, target, machine.id(), id);
        if (!upgrade.isEmpty()) {
            headers.put(HttpHeader.CONNECTION, "Upgrade").put(HttpHeader.UPGRADE, upgrade);
        }
        GuestRequest toGuest = new GuestRequest(request.getMethod(), credentials.pathQuery(), headers, body(request));
        response.getHeaders().put(RequestIds.HEADER, id);
        visit(request, response, callback, machine, target, toGuest, upgrade);
    }

    private Target target(Request request) {
        @Nullable String pathQuery = request.getHttpURI().getPathQuery();
        return Target.of(naming, Request.getServerName(request), pathQuery == null ? "" : pathQuery)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.NOT_FOUND,
                        "This address names no machine. Machines are at /%s/{id or name}/{port}/%s"
                                .formatted(
                                        naming.prefix(),
                                        naming.hostSuffix().isEmpty()
                                                ? ""
                                                : " and at {port}-{id or name}" + naming.hostSuffix())));
    }

    private static boolean isRead(Request request) {
        return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    }

    private static Body body(Request request) {
        long length = request.getLength();
        if (length > 0) {
            return new Body.Of(length);
        }
        boolean mayHaveOne =
                !RequestSyntax.isHttp1(request) || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
        boolean isEmpty = length == 0 || !mayHaveOne || (!RequestSyntax.isHttp1(request) && isRead(request));
        return isEmpty ? new Body.None() : new Body.Chunked();
    }

    private Headers.Origin origin(Request request) {
        String address = Request.getRemoteAddr(request);
        @Nullable String authority = request.getHttpURI().getAuthority();
        @Nullable String host = request.getHeaders().get(HttpHeader.HOST);
        return new Headers.Origin(
                address,
                trusted.test(HostPort.normalizeHost(address)),
                host != null ? host : String.valueOf(authority));
    }

    private HttpField cookie(Request request, Headers.Origin origin, Target target, String token, Instant expiry) {
        boolean secure = Headers.trusted(request.getHeaders(), origin, "X-Forwarded-Proto", "http")
                .equals(HTTPS);
        long age = Math.max(0, Duration.between(clock.instant(), expiry).toSeconds());
        return new HttpField(
                HttpHeader.SET_COOKIE,
                "%s=%s; Path=%s/; Max-Age=%d; HttpOnly; SameSite=Lax%s"
                        .formatted(Credentials.COOKIE, token, target.prefix(), age, secure ? "; Secure" : ""));
    }

    /**
     * To the same host: a path that begins with two slashes, of either kind, must not send a browser to another host.
     */
    private static void redirect(Response response, Callback callback, String pathQuery) {
        response.setStatus(307);
        response.getHeaders().put(HttpHeader.LOCATION, isOfAnotherHost(pathQuery) ? "/." + pathQuery : pathQuery);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.getHeaders().put(REFERRER_POLICY, "no-referrer");
        response.write(true, BufferUtil.EMPTY_BUFFER, callback);
    }

    private static boolean isOfAnotherHost(String reference) {
        return reference.startsWith("//") || reference.startsWith("/\\");
    }

    private void visit(
            Request request,
            Response response,
            Callback callback,
            Machine machine,
            Target target,
            GuestRequest toGuest,
            String upgrade)
            throws IOException {
        Activity activity = upgrade.isEmpty() ? Activity.REQUESTS : Activity.CONNECTIONS;
        Visit visit = ports.visit(machine.id(), target.port(), activity);
        boolean handedOver = false;
        try {
            @Nullable Switched switched = new Exchange(request, response, toGuest, connections, visit, patience).run();
            if (switched == null) {
                callback.succeeded();
            } else {
                tunnel(request, response, callback, visit, switched);
                handedOver = true;
            }
        } finally {
            if (!handedOver) {
                visit.close();
            }
        }
    }

    private void tunnel(Request request, Response response, Callback callback, Visit visit, Switched switched) {
        EndPoint client = request.getConnectionMetaData().getConnection().getEndPoint();
        Tunnel tunnel = new Tunnel(
                client,
                getServer().getThreadPool(),
                switched.lease().connection(),
                switched.lease().response().rest(),
                patience,
                visit::close);
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, tunnel);
        response.setStatus(switched.head().status());
        for (HttpField field : Headers.toClient(switched.head().headers())) {
            response.getHeaders().add(field);
        }
        response.getHeaders().put(HttpHeader.CONNECTION, "Upgrade");
        switched.head().headers().getValuesList(HttpHeader.UPGRADE).stream()
                .findFirst()
                .ifPresent(protocol -> response.getHeaders().put(HttpHeader.UPGRADE, protocol));
        response.write(true, BufferUtil.EMPTY_BUFFER, callback);
    }
}
