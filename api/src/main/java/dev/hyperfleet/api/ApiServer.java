package dev.hyperfleet.api;

import dev.hyperfleet.api.access.AuditRoutes;
import dev.hyperfleet.api.access.LeaseRoutes;
import dev.hyperfleet.api.access.QuotaRoute;
import dev.hyperfleet.api.event.EventRoutes;
import dev.hyperfleet.api.file.FileContentRoutes;
import dev.hyperfleet.api.file.FileRoutes;
import dev.hyperfleet.api.machine.LogRoute;
import dev.hyperfleet.api.machine.MachineRoutes;
import dev.hyperfleet.api.machine.MetricsRoute;
import dev.hyperfleet.api.port.PortAddresses;
import dev.hyperfleet.api.port.PortRoutes;
import dev.hyperfleet.api.process.AttachRoute;
import dev.hyperfleet.api.process.ExecRoute;
import dev.hyperfleet.api.process.OutputRoute;
import dev.hyperfleet.api.process.ProcessRoutes;
import dev.hyperfleet.api.system.DocumentRoutes;
import dev.hyperfleet.api.system.HealthRoute;
import dev.hyperfleet.api.system.RecoveryRoute;
import dev.hyperfleet.api.system.ServerCondition;
import dev.hyperfleet.api.system.ServerInfo;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.access.PortLinks;
import dev.hyperfleet.core.activity.Automations;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Quotas;
import dev.hyperfleet.core.control.RecoveryReport;
import dev.hyperfleet.core.event.EventFeed;
import dev.hyperfleet.core.event.EventStore;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.core.request.Idempotency;
import dev.hyperfleet.core.request.RateLimit;
import dev.hyperfleet.http.AnswerMemory;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.HttpMetrics;
import dev.hyperfleet.http.HttpServer;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.RouteGroup;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** The API: all its routes. */
public final class ApiServer {
    /** How long no stream of events is silent. */
    public static final Duration HEARTBEAT = EventStream.HEARTBEAT;

    /**
     * What the routes stand on.
     *
     * @param feed of these events, with the heartbeat {@link #HEARTBEAT}
     * @param maxFileSize bytes that one request may write into a guest
     * @param check finds out whether the server works, each time anew
     * @param strangers the limit of clients without a valid API key, by address
     */
    public record Services(
            Machines machines,
            Automations automations,
            EventStore events,
            EventFeed feed,
            Host host,
            ApiKeys keys,
            MachinePorts ports,
            PortLinks links,
            Idempotency idempotency,
            Leases leases,
            AuditLog audit,
            PortAddresses addresses,
            MachineDefaults defaults,
            long maxMemSizeMib,
            long maxFileSize,
            ServerInfo info,
            RecoveryReport recovery,
            Quotas quotas,
            PrometheusRegistry metrics,
            RateLimit strangers,
            Supplier<ServerCondition> check,
            Clock clock) {}

    private ApiServer() {}

    /** Starts to listen. */
    public static HttpServer start(Services services, HttpServer.Options options) {
        OpenStreams streams = new OpenStreams();
        AnswerMemory memory = AnswerMemory.ofHeap();
        HttpMetrics metrics = new HttpMetrics(services.metrics(), services.machines());
        return HttpServer.start(
                new HttpServer.Services(
                        services.keys(),
                        services.leases(),
                        services.automations().activity(),
                        services.idempotency(),
                        services.audit(),
                        memory,
                        metrics,
                        services.strangers(),
                        streams,
                        services.clock(),
                        MonotonicClock.SYSTEM),
                options,
                routes(services, streams, memory, metrics));
    }

    private static List<RouteGroup> routes(
            Services services, OpenStreams streams, AnswerMemory memory, HttpMetrics metrics) {
        Machines machines = services.machines();
        return List.of(
                new MachineRoutes(
                        machines,
                        services.automations(),
                        services.defaults(),
                        services.maxMemSizeMib(),
                        services.clock()),
                new LogRoute(services.host().consoles(), machines, streams),
                new MetricsRoute(machines, services.host()),
                new ExecRoute(machines, memory),
                new ProcessRoutes(machines),
                new OutputRoute(machines, streams),
                new AttachRoute(machines, services.automations().activity(), streams),
                new FileContentRoutes(machines, services.maxFileSize()),
                new FileRoutes(machines, streams),
                new PortRoutes(
                        machines, services.ports(), services.links(), services.addresses(), streams, services.clock()),
                new EventRoutes(services.events(), services.feed(), machines, streams),
                new LeaseRoutes(services.leases()),
                new QuotaRoute(services.quotas(), services.keys()::quota),
                new AuditRoutes(services.audit()),
                new HealthRoute(services.info(), machines, services.check()),
                new RecoveryRoute(services.recovery()),
                new DocumentRoutes(),
                metrics);
    }
}
