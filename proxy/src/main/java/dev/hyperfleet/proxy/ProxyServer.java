package dev.hyperfleet.proxy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.PortLinks;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.request.RateLimit;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/** The listener for machines' ports, for HTTP/1.1 and HTTP/2 without TLS. */
public final class ProxyServer implements AutoCloseable {
    private static final int ACCEPT_QUEUE = 4096;
    private static final int MAX_HEADER_BYTES = 32 << 10;
    private static final int MAX_STREAMS = 128;
    /** Requests may be open-ended; short ones may complete when the server stops. */
    private static final long DRAIN_MILLISECONDS = 2_000;

    private final Server server;
    private final ServerConnector connector;
    private final GuestConnections connections;

    /**
     * What it depends on.
     *
     * @param strangers the rate limit of refused requests, by client address
     */
    public record Services(
            Machines machines,
            MachinePorts ports,
            ApiKeys keys,
            PortLinks links,
            PrometheusRegistry metrics,
            RateLimit strangers,
            Clock clock) {}

    /**
     * Where it listens, for which clients, and how machines are addressed.
     *
     * @param port 0 for any free one
     * @param prefix of paths, without slashes
     * @param hostSuffix of host names, beginning with a dot; empty for none
     * @param publicHost its public host name, if it has one
     * @param authenticationDisabled whether every client that can connect may access every exposed port
     * @param trusted whether to trust forwarding headers from this address
     * @param headerTimeout within which a request's head must be complete
     * @param patience how long a guest, or a client, may be silent
     * @param maxClientConnections of one untrusted address
     */
    public record Options(
            String host,
            int port,
            String prefix,
            String hostSuffix,
            Optional<String> publicHost,
            boolean authenticationDisabled,
            Predicate<String> trusted,
            Duration headerTimeout,
            Duration patience,
            int maxClientConnections) {
        Optional<UncheckedAccess> unchecked() {
            return authenticationDisabled ? Optional.of(new UncheckedAccess(hostSuffix, publicHost)) : Optional.empty();
        }
    }

    private ProxyServer(Server server, ServerConnector connector, GuestConnections connections) {
        this.server = server;
        this.connector = connector;
        this.connections = connections;
    }

    /** Starts to listen. */
    public static ProxyServer start(Services services, Options options) {
        Server server = new Server(new VirtualThreadPool());
        GuestConnections connections = new GuestConnections();
        ServerConnector connector = connector(server, options);
        server.addConnector(connector);
        HeaderDeadline deadline =
                new HeaderDeadline(connector.getScheduler(), options.headerTimeout(), options.patience());
        connector.addBean(deadline);
        server.setHandler(new GracefulHandler(new MachineHandler(services, options, connections, deadline)));
        server.setErrorHandler(new EngineErrors(services.strangers()));
        server.setStopTimeout(DRAIN_MILLISECONDS);
        try {
            server.start();
        } catch (Exception failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot listen on %s port %d for the proxy: %s. Choose another with PROXY_PORT and HYPERFLEET_PROXY_HOST."
                            .formatted(options.host(), options.port(), failure.getMessage()),
                    failure);
        }
        return new ProxyServer(server, connector, connections);
    }

    private static ServerConnector connector(Server server, Options options) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(false); // the guest's own, if it has one
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        http.setHeaderCacheCaseSensitive(true); // or a value that differs in case counts as a known one
        http.setResponseHeaderSize(2 * MAX_HEADER_BYTES);
        http.setHttpCompliance(HttpCompliance.RFC9110);
        http.setUriCompliance(UriCompliance.UNSAFE); // paths are forwarded unchanged; only the prefix is parsed
        HTTP2CServerConnectionFactory http2 = new HTTP2CServerConnectionFactory(http);
        http2.setConnectProtocolEnabled(false);
        http2.setMaxConcurrentStreams(MAX_STREAMS);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http), http2);
        connector.setHost(options.host());
        connector.setPort(options.port());
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        connector.setIdleTimeout(options.patience().toMillis());
        connector.addBean(new ClientLimit(options.maxClientConnections(), options.trusted()));
        return connector;
    }

    /** The port that it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Accepts no new requests, lets those in progress end, and stops listening. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception failure) {
            throw new IllegalStateException("the proxy does not stop", failure);
        } finally {
            connections.close();
        }
    }
}
