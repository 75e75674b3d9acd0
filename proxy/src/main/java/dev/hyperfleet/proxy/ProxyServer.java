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

/** The listener for machines' ports, by HTTP/1.1 and by HTTP/2 without TLS. */
public final class ProxyServer implements AutoCloseable {
    private static final int ACCEPT_QUEUE = 4096;
    private static final int MAX_HEADER_BYTES = 32 << 10;
    private static final int MAX_STREAMS = 128;
    /** Requests may go on for ever; those that end soon may do so when the server stops. */
    private static final long DRAIN_MILLISECONDS = 2_000;

    private final Server server;
    private final ServerConnector connector;
    private final GuestConnections connections;

    /**
     * What it stands on.
     *
     * @param strangers the limit of requests that are refused, by their clients' addresses
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
     * Where it listens, for whom, and what is a machine's address.
     *
     * @param port 0 for any free one
     * @param prefix of paths, without slashes
     * @param hostSuffix of hosts, beginning with a dot; empty for none
     * @param publicHost the name that users reach it by, if it has one
     * @param authenticationDisabled whether everybody who can connect may enter every exposed port
     * @param trusted whether to trust forwarding headers from this address
     * @param headerTimeout for a request's head to be complete
     * @param patience how long a guest, or a client, may be silent
     * @param maxClientConnections of one address that is not trusted
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
        http.setHeaderCacheCaseSensitive(true); // or a value in other letters is taken for an earlier request's
        http.setResponseHeaderSize(2 * MAX_HEADER_BYTES);
        http.setHttpCompliance(HttpCompliance.RFC9110);
        http.setUriCompliance(UriCompliance.UNSAFE); // paths go to the guest as they are; only the prefix is read
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

    /** Takes no new requests, lets those under way end, and stops listening. */
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
