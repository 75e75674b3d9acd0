package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.activity.ActivityTracker;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.request.Idempotency;
import dev.hyperfleet.core.request.RateLimit;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServerContainer;
import org.eclipse.jetty.ee10.websocket.server.config.JettyWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

/** An HTTP server with routes. Its rules apply to every request, whatever its route. */
public final class HttpServer implements AutoCloseable {
    /** So that a burst of connections waits in the kernel instead of being refused. */
    private static final int ACCEPT_QUEUE = 4096;

    private static final int MAX_HEADER_BYTES = 16 << 10;

    /** Longer than the longest wait; a client that is idle for this long counts as disconnected. */
    private static final long IDLE_TIMEOUT_MILLISECONDS = 60_000;

    private static final int MAX_WEBSOCKET_MESSAGE_BYTES = 1 << 20;

    /** The time for requests in progress when the server stops. */
    private static final long DRAIN_MILLISECONDS = 8_000;

    private final Javalin javalin;
    private final OpenStreams streams;
    private final AuditTrail trail;

    /**
     * What applies to all requests.
     *
     * @param strangers the rate limit of clients without a valid API key, by address
     * @param streams the streams to end when the server stops
     */
    public record Services(
            ApiKeys keys,
            Machines machines,
            Leases leases,
            ActivityTracker activity,
            Idempotency idempotency,
            AuditLog audit,
            ResponseMemory memory,
            HttpMetrics metrics,
            RateLimit strangers,
            OpenStreams streams,
            Clock clock,
            MonotonicClock time) {}

    /**
     * Where to listen, and which clients are served.
     *
     * @param port 0 for any free one
     * @param authenticationDisabled whether every client may do everything
     * @param rateLimit requests per second for each API key; 0 for no limit
     * @param origins of web pages that may use it: "https://console.example.com"
     */
    public record Options(String host, int port, boolean authenticationDisabled, int rateLimit, Set<String> origins) {}

    private HttpServer(Javalin javalin, OpenStreams streams, AuditTrail trail) {
        this.javalin = javalin;
        this.streams = streams;
        this.trail = trail;
    }

    /** Starts to listen. */
    public static HttpServer start(Services services, Options options, List<RouteGroup> groups) {
        AuditTrail trail =
                new AuditTrail(services.audit(), !options.authenticationDisabled(), services.clock(), services.time());
        Javalin javalin = Javalin.create(config -> {
            configure(config, options, services.strangers());
            register(config, services, options, trail, groups);
        });
        try {
            javalin.start();
        } catch (RuntimeException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot listen on %s port %d: %s. Choose another with PORT and HYPERFLEET_HOST."
                            .formatted(options.host(), options.port(), rootMessage(failure)),
                    failure);
        }
        return new HttpServer(javalin, services.streams(), trail);
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    private static void configure(JavalinConfig config, Options options, RateLimit strangers) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.concurrency.useVirtualThreads = true;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.prefer405over404 = true;
        config.jetty.modifyServer(server -> configure(server, strangers));
        config.jetty.modifyServletContextHandler(HttpServer::configure);
        config.jetty.addConnector((server, http) -> connector(server, http, options));
    }

    private static void configure(ServletContextHandler handler) {
        handler.addFilter(new FilterHolder(new WebSocketRequests()), "/*", EnumSet.of(DispatcherType.REQUEST));
        JettyWebSocketServletContainerInitializer.configure(handler, HttpServer::configure);
    }

    private static void configure(ServletContext context, JettyWebSocketServerContainer webSockets) {
        webSockets.setIdleTimeout(Duration.ofMillis(IDLE_TIMEOUT_MILLISECONDS));
        webSockets.setMaxBinaryMessageSize(MAX_WEBSOCKET_MESSAGE_BYTES);
        webSockets.setMaxTextMessageSize(MAX_WEBSOCKET_MESSAGE_BYTES);
    }

    private static void configure(Server server, RateLimit strangers) {
        server.insertHandler(new GracefulHandler());
        server.setStopTimeout(DRAIN_MILLISECONDS);
        server.setErrorHandler(new EngineErrors(strangers));
    }

    private static ServerConnector connector(Server server, HttpConfiguration http, Options options) {
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        http.setHeaderCacheCaseSensitive(true); // otherwise a key that differs in case would pass after the right one
        ServerConnector connector =
                new ServerConnector(server, new org.eclipse.jetty.server.HttpConnectionFactory(http));
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        connector.setIdleTimeout(IDLE_TIMEOUT_MILLISECONDS);
        return connector;
    }

    private static void register(
            JavalinConfig config, Services services, Options options, AuditTrail trail, List<RouteGroup> groups) {
        var routes = config.routes;
        Authentication authentication = new Authentication(
                services.keys(),
                new RateLimit(options.rateLimit(), services.time()),
                services.strangers(),
                options.authenticationDisabled());
        routes.before(RequestLog::begin);
        Cors cors = new Cors(options.origins());
        routes.before(cors::mark); // before what may refuse the request: a page may read why
        routes.before(authentication::identify);
        routes.before(new BrowserGuard(options.host(), !options.authenticationDisabled(), cors)::check);
        routes.before(cors::answerPreflight);
        routes.beforeMatched(authentication::check);
        Routes all = new Routes(
                routes,
                services.machines(),
                services.activity(),
                services.leases(),
                new IdempotencyKeys(services.idempotency()),
                trail);
        groups.forEach(group -> group.register(all));
        routes.exception(HyperfleetException.class, HttpServer::refuse);
        routes.exception(HttpResponseException.class, HttpServer::unknownRoute);
        routes.exception(IOException.class, HttpServer::breakOff);
        routes.exception(Exception.class, HttpServer::fault);
        routes.after(services.memory().counting());
        routes.after(context -> {
            String route = AuditTrail.route(context);
            trail.record(context);
            services.metrics().observe(context, route);
            RequestLog.end(context, route);
            UnreadBody.discard(context);
        });
    }

    private static void refuse(HyperfleetException reason, Context context) {
        if (reason.code() == ErrorCode.INTERNAL_ERROR) {
            RequestLog.fault(context, reason);
        }
        Responses.error(context, reason);
    }

    private static void unknownRoute(HttpResponseException reason, Context context) {
        if (reason.getStatus() == HttpStatus.METHOD_NOT_ALLOWED.getCode()) {
            String allowed = reason.getDetails().getOrDefault("availableMethods", "");
            context.header("Allow", allowed);
            Responses.error(
                    context,
                    ErrorCode.METHOD_NOT_ALLOWED,
                    "%s is not possible at %s; there are %s".formatted(Methods.name(context), path(context), allowed));
        } else {
            Responses.error(context, ErrorCode.NOT_FOUND, "There is nothing at " + path(context));
        }
    }

    private static String path(Context context) {
        return Excerpt.of(context.path(), ValidationErrors.MAX_LENGTH);
    }

    /**
     * The client has disconnected, or the guest failed while its bytes were sent to the client. A partial response must
     * not look complete.
     */
    private static void breakOff(IOException reason, Context context) {
        RequestLog.brokenOff(context, reason);
        if (context.res().isCommitted()) {
            ServletContextRequest.getServletContextRequest(context.req())
                    .getServletChannel()
                    .abort(reason);
        } else {
            Responses.error(context, ErrorCode.GUEST_ERROR, "The data to be sent ended early: " + reason.getMessage());
        }
    }

    private static void fault(Exception fault, Context context) {
        RequestLog.fault(context, fault);
        Responses.error(
                context,
                ErrorCode.INTERNAL_ERROR,
                "The server has an internal error. Its log has the details, under this response's X-Request-Id.");
    }

    /** The port that it listens on. */
    public int port() {
        return javalin.port();
    }

    /** Accepts no new requests, lets those in progress end, and stops listening. */
    @Override
    public void close() {
        streams.close();
        javalin.stop();
        trail.close();
    }
}
