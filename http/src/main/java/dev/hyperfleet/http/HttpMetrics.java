package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.MachineStatus;
import io.javalin.http.Context;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;

/** Counts and times requests, and renders all metrics of the server. */
public final class HttpMetrics implements RouteGroup {
    private static final double NANOSECONDS = 1e9;

    private final PrometheusRegistry registry;
    private final Histogram durations;
    private final Counter errors;

    public HttpMetrics(PrometheusRegistry registry, Machines machines) {
        this.registry = registry;
        this.durations = Histogram.builder()
                .name("hyperfleet_http_request_duration_seconds")
                .help("Time from a request's first byte to its response.")
                .labelNames("method", "route", "status")
                .classicUpperBounds(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30)
                .classicOnly()
                .register(registry);
        this.errors = Counter.builder()
                .name("hyperfleet_http_errors_total")
                .help("Requests that were answered with an error, by its code: GUEST_ERROR is an agent that failed.")
                .labelNames("code")
                .register(registry);
        errors.initLabelValues(ErrorCode.GUEST_ERROR.name()); // a rate needs the value before the first failure
        GaugeWithCallback.builder()
                .name("hyperfleet_machines")
                .help("Machines by status.")
                .labelNames("status")
                .callback(gauge -> {
                    Map<MachineStatus, Integer> counts = machines.counts();
                    counts.forEach((status, count) -> gauge.call(count, status.text()));
                })
                .register(registry);
        JvmMetrics.builder().register(registry);
    }

    @Override
    public void register(Routes routes) {
        routes.get("/metrics", Scope.MACHINES_READ, this::show);
    }

    /** Counts a request. Labels come from fixed lists, since each new value would be kept for ever. */
    void observe(Context context, String route) {
        durations
                .labelValues(Methods.name(context), route, String.valueOf(context.statusCode()))
                .observe(RequestLog.elapsed(context) / NANOSECONDS);
        Responses.errorCode(context)
                .ifPresent(code -> errors.labelValues(code.name()).inc());
    }

    private void show(Context context) throws IOException {
        PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        writer.write(text, registry.scrape());
        context.contentType(writer.getContentType()).result(text.toByteArray());
    }
}
