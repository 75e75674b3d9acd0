package dev.hyperfleet.proxy;

import dev.hyperfleet.core.MachineId;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Logs and counts requests to machines' ports. Their paths, headers and bodies are not logged: they are private to the
 * guest.
 */
final class ProxyLog {
    private static final Logger LOG = LoggerFactory.getLogger("proxy");

    private final Counter requests;
    private final Gauge open;

    ProxyLog(PrometheusRegistry registry) {
        this.requests = Counter.builder()
                .name("hyperfleet_proxy_requests_total")
                .help("Requests to machines' ports, by the class of their response's status.")
                .labelNames("status")
                .register(registry);
        requests.initLabelValues("2xx");
        requests.initLabelValues("5xx");
        this.open = Gauge.builder()
                .name("hyperfleet_proxy_open_requests")
                .help("Requests to machines' ports in progress.")
                .register(registry);
    }

    Entry begin(Request request, Response response, String requestId) {
        open.inc();
        return new Entry(request.getMethod(), response, requestId, System.nanoTime());
    }

    /** One request. */
    final class Entry {
        private final String method;
        private final Response response;
        private final String requestId;
        private final long began;
        private @Nullable MachineId machine;
        private int port;

        private Entry(String method, Response response, String requestId, long began) {
            this.method = method;
            this.response = response;
            this.requestId = requestId;
            this.began = began;
        }

        void leadsTo(MachineId id, int toPort) {
            machine = id;
            port = toPort;
        }

        void end() {
            int status = response.getStatus();
            open.dec();
            requests.labelValues(status / 100 + "xx").inc();
            LOG.atLevel(status == 500 ? Level.WARN : Level.DEBUG)
                    .addKeyValue("request_id", requestId)
                    .addKeyValue("machine_id", machine == null ? "" : machine.value())
                    .addKeyValue("port", port)
                    .addKeyValue("method", method)
                    .addKeyValue("status", status)
                    .addKeyValue("duration_us", (System.nanoTime() - began) / 1_000)
                    .log("proxied");
        }
    }
}
