package dev.hyperfleet.server;

import dev.hyperfleet.api.access.AuditRoutes;
import dev.hyperfleet.api.access.LeaseRoutes;
import dev.hyperfleet.api.access.QuotaRoute;
import dev.hyperfleet.api.event.EventRoutes;
import dev.hyperfleet.api.file.FileContentRoutes;
import dev.hyperfleet.api.file.FileRoutes;
import dev.hyperfleet.api.machine.ForkRoute;
import dev.hyperfleet.api.machine.LogRoute;
import dev.hyperfleet.api.machine.MachineRoutes;
import dev.hyperfleet.api.machine.MetricsRoute;
import dev.hyperfleet.api.port.PortAddresses;
import dev.hyperfleet.api.port.PortRoutes;
import dev.hyperfleet.api.process.AttachRoute;
import dev.hyperfleet.api.process.ExecRoute;
import dev.hyperfleet.api.process.OutputRoute;
import dev.hyperfleet.api.process.ProcessRoutes;
import dev.hyperfleet.api.snapshot.ArchiveRoutes;
import dev.hyperfleet.api.snapshot.SnapshotRoutes;
import dev.hyperfleet.api.system.DocumentRoutes;
import dev.hyperfleet.api.system.HealthRoute;
import dev.hyperfleet.api.system.RecoveryRoute;
import dev.hyperfleet.api.system.ServerInfo;
import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.activity.ActivityTracker;
import dev.hyperfleet.core.control.ContainerImages;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.event.EventFeed;
import dev.hyperfleet.core.image.ImageLibrary;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.core.request.Idempotency;
import dev.hyperfleet.host.probe.HostMemory;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.HttpMetrics;
import dev.hyperfleet.http.HttpServer;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.ResponseMemory;
import dev.hyperfleet.http.RouteGroup;
import java.util.List;

/** The API: what its routes share, and all its routes. */
record ApiModule(
        Foundation base,
        StoreModule store,
        HostModule host,
        AccessModule access,
        ControlModule control,
        MachineDefaults defaults,
        ImageLibrary images,
        PortAddresses addresses,
        Leases leases,
        OpenStreams streams,
        ResponseMemory memory,
        HttpMetrics metrics) {
    static ApiModule of(
            Foundation base,
            StoreModule store,
            HostModule host,
            AccessModule access,
            ControlModule control,
            MachineDefaults defaults,
            ImageLibrary images,
            PortAddresses addresses) {
        return new ApiModule(
                base,
                store,
                host,
                access,
                control,
                defaults,
                images,
                addresses,
                new Leases(control.machines(), store.leases(), base.clock(), base.random()),
                new OpenStreams(),
                ResponseMemory.ofHeap(),
                new HttpMetrics(base.metrics(), control.machines()));
    }

    /** Starts to listen. */
    HttpServer start() {
        Settings settings = base.settings();
        HostMetrics.register(base.metrics(), control.machines(), control.quotas(), store.writer());
        HttpServer server = HttpServer.start(
                new HttpServer.Services(
                        access.keys(),
                        control.machines(),
                        leases,
                        control.automations().activity(),
                        new Idempotency(store.requests()),
                        store.audit(),
                        memory,
                        metrics,
                        access.strangers(),
                        streams,
                        base.clock(),
                        base.time()),
                new HttpServer.Options(
                        settings.host(),
                        settings.port(),
                        settings.authenticationDisabled(),
                        settings.rateLimit(),
                        settings.corsOrigins()),
                routes());
        base.closings().add("API", server::close);
        base.closings().add("waits", control.machines()::endWaits);
        return server;
    }

    private List<RouteGroup> routes() {
        Machines machines = control.machines();
        ActivityTracker activity = control.automations().activity();
        EventFeed feed = new EventFeed(store.events(), EventStream.HEARTBEAT, base.time());
        base.closings().add("event feed", feed::close);
        return List.of(
                new MachineRoutes(
                        machines,
                        control.automations(),
                        defaults,
                        new ContainerImages(images, defaults, host.host()),
                        HostMemory.totalMib(),
                        base.clock()),
                new ForkRoute(machines, control.forks()),
                new SnapshotRoutes(machines.snapshots()),
                new ArchiveRoutes(machines.snapshots(), control.archives()),
                new LogRoute(host.host().consoles(), machines, streams, base.time()),
                new MetricsRoute(machines, host.host()),
                new ExecRoute(machines, memory),
                new ProcessRoutes(machines),
                new OutputRoute(machines, streams),
                new AttachRoute(machines, activity, streams),
                new FileContentRoutes(machines, base.settings().maxFileSize().orElse(Long.MAX_VALUE)),
                new FileRoutes(machines, streams),
                new PortRoutes(machines, control.ports(), access.links(), addresses, streams, base.clock()),
                new EventRoutes(store.events(), feed, machines, streams),
                new LeaseRoutes(leases),
                new QuotaRoute(control.quotas(), access.keys()::quota),
                new AuditRoutes(store.audit()),
                new HealthRoute(
                        new ServerInfo(Build.VERSION, host.host().describe()),
                        machines,
                        new SelfCheck(store.keys(), store.writer(), host.space())::look),
                new RecoveryRoute(control.recovery()),
                new DocumentRoutes(),
                metrics);
    }
}
